"""The result of a command: its output, how it ended, and what no command may end in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TRACES = re.compile(r"Traceback \(most recent|\b[A-Z]\w+Error\b: |\bunexpected(ly)? (fault|error|failure)\b")
SENTENCE_LIMIT = 5000
STOPPED = 130
"""Exit code after Ctrl-C."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """Output, duration and memory of a command."""

    arguments: tuple[str, ...]
    code: int | None
    out: str
    err: str
    seconds: float = 0.0
    memory: float = 0.0
    """Peak, in megabytes."""

    @property
    def text(self) -> str:
        return f"{self.out}\n{self.err}".strip()

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def last(self) -> str:
        """The last line of standard error: the sentence of a refusal."""
        lines = [line for line in self.err.strip().splitlines() if line.strip()]
        return lines[-1] if lines else ""

    @property
    def succeeded(self) -> bool:
        return self.code == 0

    @property
    def refused(self) -> bool:
        return self.code == 1 and not any(crashes(self))

    def __str__(self) -> str:
        result = " ".join((self.last if self.code else self.out or self.last).split())
        return f"`{' '.join(self.arguments)}` → {self.code}: {result[-300:]}"


def crashes(result: CommandResult) -> Iterator[str]:
    """Crashes and hangs, which no command may end in."""
    if result.code is None:
        yield f"`{' '.join(result.arguments)}` did not end within {result.seconds:.0f} s"
    elif result.code not in (0, 1, 2, STOPPED):
        yield f"`{' '.join(result.arguments)}` ended with {result.code}: {result.last[:300]}"
    if found := TRACES.search(result.text):
        at = result.text.rfind("\n", 0, found.start()) + 1
        yield f"a stack trace or an internal name: {result.text[at : at + 200]}"


def unclear(result: CommandResult) -> Iterator[str]:
    """Why a refusal is not one clear sentence."""
    if result.code == 1 and not result.text:
        yield "it refused without a message"
    if len(result.last) > SENTENCE_LIMIT:
        yield f"its message has {len(result.last)} characters"
