# [DEF:doctor.findings:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a check found: its state, one sentence, and what to do.
# @RELATION DEPENDS_ON -> core.sentences
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from apps.core.errors import SAID, readable
from apps.core.sentences import shown, stored_form


class State(StrEnum):
    """From the best to the worst. What is unknown is neither good nor bad."""

    UNKNOWN = "unknown"
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Check(StrEnum):
    """Of the installation first, then of each environment."""

    DATABASE = "database"
    SCHEMA = "schema"
    QUEUE = "queue"
    BROKER = "broker"
    WORKERS = "workers"
    SCHEDULER = "scheduler"
    CLOCK = "clock"
    STORAGE = "storage"
    FILES = "files"
    SECRETS = "secrets"
    SIGN_IN = "sign_in"
    RELEASE = "release"
    RIGHTS = "rights"
    SERVER_CLOCK = "server_clock"
    LATENCY = "latency"


OF_ENVIRONMENTS = (Check.SIGN_IN, Check.RELEASE, Check.RIGHTS, Check.SERVER_CLOCK, Check.LATENCY)


@dataclass(frozen=True, slots=True)
class Finding:
    """`sentence` and `next_step` are a `Sentence` where they are stored and read later; `facts` are JSON."""

    check: Check
    state: State
    sentence: str
    next_step: str = ""
    environment: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """In the language at work."""
        return {
            "check": self.check.value,
            "environment": self.environment or None,
            "state": self.state.value,
            "sentence": shown(self.sentence, stored_form(self.sentence)),
            "next_step": shown(self.next_step, stored_form(self.next_step)),
            "facts": dict(self.facts),
        }

    def stored(self) -> dict[str, Any]:
        """In English, with what it takes to say it in another language."""
        said = {name: stored_form(getattr(self, name)) for name in ("sentence", "next_step")}
        texts = {"sentence": str(self.sentence), "next_step": str(self.next_step)}
        return {**self.data(), **texts, SAID: {name: form for name, form in said.items() if form}}

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """In the language at work."""
        found = readable(stored) or {}
        return cls(
            Check(found["check"]),
            State(found["state"]),
            found["sentence"],
            found["next_step"],
            found["environment"] or "",
            found["facts"],
        )


def worst(findings: Iterable[Finding]) -> State:
    """What is unknown counts for nothing: something else that failed is the reason, or nobody asked."""
    order = list(State)
    return max([State.OK, *(each.state for each in findings)], key=order.index)
