# [DEF:core.errors:Module]
# @COMPLEXITY: 2
# @PURPOSE: The expected errors of the apps. The engine has its own hierarchy (`SupersetError`) with the same interface.

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext

from apps.core.advice import Advice, with_advice


def worded(said: object) -> str:
    """An expected error, or a message of the engine, in the language at work. The engine's are translated only here."""
    translate = getattr(said, "worded", None)
    return translate(gettext) if translate else str(said)


class LockstepError(Exception):
    """The request cannot be carried out, for a known reason.

    `str(error)` is the sentence, and the next step if there is one, worded for the surface at work.
    """

    kind: ClassVar[str] = "refused"

    def __init__(self, sentence: object, *, advice: Advice | None = None, **context: Any) -> None:
        super().__init__(sentence)
        self.advice = advice
        self.context = context

    def __str__(self) -> str:
        return with_advice(self.args[0], self.advice)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "detail": str(self), "context": self.context}


class NotThere(LockstepError):
    """The object that was named does not exist."""

    kind = "not_there"


class Refused(LockstepError):
    """It is not allowed, or not for this user."""

    kind = "not_allowed"


class TooOften(LockstepError):
    """Too many attempts; `retry_after` is in seconds."""

    kind = "throttled"

    def __init__(self, sentence: object, *, retry_after: int) -> None:
        super().__init__(sentence, retry_after=retry_after)
        self.wait = retry_after


class NothingToDo(LockstepError):
    """The requested state already exists."""

    kind = "nothing_to_do"


class Conflict(LockstepError):
    """Somebody else changed or locked the object."""

    kind = "conflict"


class Damaged(LockstepError):
    """A stored file or value was changed."""

    kind = "damaged"


class NoRoom(LockstepError):
    """It cannot be stored: the disk is full or read-only."""

    kind = "no_space"


class Misplaced(Damaged):
    """A stored secret is in a row, or with an address, to which it does not belong."""
