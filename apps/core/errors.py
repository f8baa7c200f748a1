# [DEF:core.errors:Module]
# @COMPLEXITY: 2
# @PURPOSE: The expected errors of the apps. The engine has its own hierarchy (`SupersetError`) with the same interface.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext

from apps.contracts.plain_text import one_line
from apps.core.advice import Advice, with_advice
from apps.core.sentences import shown


def worded(said: object) -> str:
    """An expected error, or a message of the engine, in the language at work. The engine's are translated only here."""
    translate = getattr(said, "worded", None)
    return translate(gettext) if translate else str(said)


SAID = "said"
"""In a stored error: what it takes to say its texts in another language, by their names."""


def stored_error(error: Any) -> dict[str, Any]:
    """What is kept of an expected error: its facts, and its sentence in English. Of the engine's the templates, too."""
    forms = getattr(error, "stored", None)
    facts = {**error.to_json(), "sentence": str(error)}
    return {**facts, SAID: forms()} if forms else facts


def readable(stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A stored error for whoever reads it: in the language at work."""
    if stored is None:
        return None
    facts = {name: value for name, value in stored.items() if name != SAID}
    said = stored.get(SAID) or {}
    return facts | {name: one_line(shown(facts[name], form)) for name, form in said.items() if facts.get(name)}


def sentence_of(stored: Mapping[str, Any] | None) -> str:
    """The sentence of a stored error; empty if there is none."""
    return str((readable(stored) or {}).get("sentence", ""))


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


class PasswordChangeRequired(LockstepError):
    """Somebody else set the password: until it is changed, nothing else is open to the account."""

    kind = "password_change_required"


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


class StoreUnavailable(LockstepError):
    """The store of files does not answer, or refuses."""

    kind = "store_unavailable"


class Misplaced(Damaged):
    """A stored secret is in a row, or with an address, to which it does not belong."""
