# [DEF:core.crypto.encryption:Module]
# @COMPLEXITY: 2
# @PURPOSE: Secrets at rest: encrypted with the installation's encryption key, and hidden from everything that
#   prints.

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from apps.core.errors import Damaged, Misplaced

BOUND = "2."
"""What a token begins with whose text is bound to its place."""

Place = tuple[str, ...]
"""Where a secret is stored: model, field, and what makes the row the one that it is for."""


class Secret:
    """An encrypted value. It prints as asterisks; `reveal()` is the only way to the text.

    What is stored is bound to its place: in another row, or beside another address, it does not open. `of` makes one
    that has no place yet; the field that stores it gives it one.
    """

    __slots__ = ("fresh", "place", "token")

    def __init__(self, token: str, place: Callable[[], Place] | None = None, *, fresh: bool = False) -> None:
        self.token = token
        self.place = place
        self.fresh = fresh

    @classmethod
    def of(cls, text: str) -> Secret:
        return cls(_box().encrypt(text.encode()).decode(), fresh=True)

    def at(self, place: Callable[[], Place]) -> Secret:
        """The same, found in this place."""
        return Secret(self.token, place, fresh=self.fresh)

    def bound(self) -> Secret:
        """Fit to be stored in its place."""
        if not self.fresh:
            return self
        if self.place is None:
            raise TypeError("A secret is bound to the row that holds it: assign it to one.")
        told = json.dumps([list(self.place()), self.reveal()])
        return Secret(BOUND + _box().encrypt(told.encode()).decode(), self.place)

    def reveal(self) -> str:
        """The text. Damaged if none of the keys opens it, Misplaced if it is not for the place where it was found."""
        opened = self._opened(self.token.removeprefix(BOUND))
        if self.fresh:
            return opened
        if not self.token.startswith(BOUND):
            raise Misplaced(_UNBOUND)
        place, text = json.loads(opened)
        if self.place is None or tuple(place) != self.place():
            raise Misplaced(_MISPLACED)
        return str(text)

    def rotated(self, keys: Sequence[str]) -> Secret:
        """The same text under the first of these keys; any of them may open it."""
        prefix = BOUND if self.token.startswith(BOUND) else ""
        try:
            token = _box(keys).rotate(self.token.removeprefix(BOUND).encode()).decode()
        except InvalidToken:
            raise Damaged(_WRONG_KEY) from None
        return Secret(prefix + token, self.place, fresh=self.fresh)

    @staticmethod
    def _opened(token: str) -> str:
        try:
            return _box().decrypt(token.encode()).decode()
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

_MISPLACED = (
    "A stored credential is not for the place where it is stored: it was moved there, or the address beside it was "
    "changed, outside of Lockstep. It is not used. Find out who did that, then store the credential anew."
)
_UNBOUND = (
    "A stored credential is not bound to its place: it was put there outside of Lockstep. It is not used. Find out who "
    "did that, then store the credential anew."
)


def _box(keys: Sequence[str] | None = None) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys or settings.ENCRYPTION_KEYS])
