# [DEF:core.crypto.encryption:Module]
# @COMPLEXITY: 2
# @PURPOSE: Secrets at rest: encrypted with the installation's encryption key, and masked wherever they are printed.

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from apps.core import messages
from apps.core.errors import Damaged, Misplaced

BOUND = "2."
"""The prefix of a token whose text is bound to its place."""

Place = tuple[str, ...]
"""Where a secret is stored: model, field, and the values that identify its row."""


class Secret:
    """An encrypted value. It prints as asterisks; `reveal()` is the only way to the text.

    A stored secret is bound to its place: in another row, or with another address, it cannot be revealed. `of`
    creates one without a place; the field that stores it sets the place.
    """

    __slots__ = ("fresh", "place", "token")

    def __init__(self, token: str, place: Callable[[], Place] | None = None, *, fresh: bool = False) -> None:
        self.token = token
        self.place = place
        self.fresh = fresh

    @classmethod
    def of(cls, text: str) -> Secret:
        return cls(_fernet().encrypt(text.encode()).decode(), fresh=True)

    def at(self, place: Callable[[], Place]) -> Secret:
        """The same secret, found in this place."""
        return Secret(self.token, place, fresh=self.fresh)

    def bound(self) -> Secret:
        """The secret bound to its place, ready to be stored."""
        if not self.fresh:
            return self
        if self.place is None:
            raise TypeError("A secret is bound to the row that holds it: assign it to one.")
        bound = json.dumps([list(self.place()), self.reveal()])
        return Secret(BOUND + _fernet().encrypt(bound.encode()).decode(), self.place)

    def reveal(self) -> str:
        """The text. Damaged if no key decrypts it, Misplaced if it does not belong to the place where it was found."""
        decrypted = self._decrypted(self.token.removeprefix(BOUND))
        if self.fresh:
            return decrypted
        if not self.token.startswith(BOUND):
            raise Misplaced(messages.SECRET_UNBOUND)
        place, text = json.loads(decrypted)
        if self.place is None or tuple(place) != self.place():
            raise Misplaced(messages.SECRET_MISPLACED)
        return str(text)

    def rotated(self, keys: Sequence[str]) -> Secret:
        """The same text encrypted with the first of these keys; any of them may decrypt it."""
        prefix = BOUND if self.token.startswith(BOUND) else ""
        try:
            token = _fernet(keys).rotate(self.token.removeprefix(BOUND).encode()).decode()
        except InvalidToken:
            raise Damaged(messages.SECRET_OTHER_KEY) from None
        return Secret(prefix + token, self.place, fresh=self.fresh)

    @staticmethod
    def _decrypted(token: str) -> str:
        try:
            return _fernet().decrypt(token.encode()).decode()
        except InvalidToken:
            raise Damaged(messages.SECRET_OTHER_KEY) from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)

    def __str__(self) -> str:
        return "********"

    def __repr__(self) -> str:
        return "Secret(********)"


def _fernet(keys: Sequence[str] | None = None) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys or settings.ENCRYPTION_KEYS])
