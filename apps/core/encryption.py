# [DEF:core.encryption:Module]
# @COMPLEXITY: 3
# @PURPOSE: Secrets at rest: encrypted with the installation's encryption key, and hidden from everything that
#   prints.
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from apps.core.errors import Damaged


class Secret:
    """An encrypted value. It prints as asterisks; `reveal()` is the only way to the text."""

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    @classmethod
    def of(cls, text: str) -> Secret:
        return cls(_box().encrypt(text.encode()).decode())

    def reveal(self) -> str:
        """The text. Damaged if none of the keys opens it."""
        try:
            return _box().decrypt(self.token.encode()).decode()
        except InvalidToken:
            raise Damaged(_WRONG_KEY) from None

    def rotated(self, keys: Sequence[str]) -> Secret:
        """The same text under the first of these keys; any of them may open it."""
        try:
            return Secret(_box(keys).rotate(self.token.encode()).decode())
        except InvalidToken:
            raise Damaged(_WRONG_KEY) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)

    def __str__(self) -> str:
        return "********"

    def __repr__(self) -> str:
        return "Secret(********)"


_WRONG_KEY = (
    "A stored credential cannot be read with the present encryption key: put the key it was stored with back "
    "(LOCKSTEP_ENCRYPTION_KEY, or LOCKSTEP_ENCRYPTION_KEYS_OLD during a rotation), or store the credential anew."
)


def _box(keys: Sequence[str] | None = None) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys or settings.ENCRYPTION_KEYS])
