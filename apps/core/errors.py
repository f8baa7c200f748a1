# [DEF:core.errors:Module]
# @COMPLEXITY: 2
# @PURPOSE: Announced failures of our own. The engine has its own family (`SupersetError`) with the same two faces.

from __future__ import annotations

from typing import Any, ClassVar

from apps.core.advice import Advice


class LockstepError(Exception):
    """What was asked cannot be done, and it is known why.

    `str(error)` is one sentence, and the next step if there is one, worded for the surface at work.
    """

    kind: ClassVar[str] = "refused"

    def __init__(self, sentence: object, *, advice: Advice | None = None, **context: Any) -> None:
        super().__init__(sentence)
        self.advice = advice
        self.context = context

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.args[0]), str(self.advice or ""))))

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "detail": str(self), "context": self.context}


class NotThere(LockstepError):
    """The object that was named does not exist."""

    kind = "not_there"


class Refused(LockstepError):
    """It may not be done, or not by this user."""

    kind = "not_allowed"


class TooOften(LockstepError):
    """It was tried too often; `retry_after` is in seconds."""

    kind = "throttled"

    def __init__(self, sentence: object, *, retry_after: int) -> None:
        super().__init__(sentence, retry_after=retry_after)
        self.wait = retry_after


class NothingToDo(LockstepError):
    """What was asked for is so already."""

    kind = "nothing_to_do"


class Conflict(LockstepError):
    """Somebody else changed or holds the object."""

    kind = "conflict"


class Damaged(LockstepError):
    """A stored file or value is not what was stored."""

    kind = "damaged"


class NoRoom(LockstepError):
    """What was to be stored cannot be: the disk is full, or can only be read."""

    kind = "no_space"


class Misplaced(Damaged):
    """A stored secret is in a row, or beside an address, that it was not stored for."""
