# [DEF:plugins.testing:Module]
# @COMPLEXITY: 2
# @PURPOSE: For tests of a plugin: a context that needs no running Lockstep.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class RecordingContext:
    """Records the calls of the action. It is cancelled at the check after `stop_after` checks."""

    settings: Any = None
    environment: str | None = None
    task: int = 1
    actor: Any = None
    stop_after: int | None = None

    lines: list[tuple[str, str]] = field(default_factory=list)
    """(level, text)"""
    facts: list[dict[str, Any]] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    done: list[tuple[str, int, int]] = field(default_factory=list)
    artefacts: dict[str, bytes] = field(default_factory=dict)

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        self.lines.append((level, text))
        self.facts.append(facts)

    def stage(self, name: str, number: int, total: int) -> None:
        assert 1 <= number <= total, f"stage {number} of {total}"
        self.stages.append(name)

    def progress(self, stage: str, done: int, total: int) -> None:
        self.done.append((stage, done, total))

    def check_cancelled(self) -> None:
        if self.stop_after is not None:
            self.stop_after -= 1
            if self.stop_after < 0:
                raise Stopped

    def artefact(self, name: str, content: bytes) -> None:
        self.artefacts[name] = content


class Stopped(BaseException):
    """What a test's action is stopped with: no `except Exception` of the plugin may keep it."""
