# [DEF:core.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: What to do about a refusal: a key with facts, which each surface puts into its own words.
"""A person at a terminal is told a command, everybody else what to do in the application. So whoever refuses names only
the key (`tasks.list`) and the facts; the words are in two tables of the app that the key begins with:
`apps/tasks/management/advice.py` for commands and `apps/tasks/advice.py` for the rest, each `ADVICE = {key: text}` with
the facts as `{name}`. A key that a table lacks has no words there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from typing import Any

COMMAND, APPLICATION = "management.advice", "advice"
"""Where the words of each surface are, below the app."""

_surface: ContextVar[str] = ContextVar("surface", default=APPLICATION)


@dataclass(frozen=True, slots=True)
class Advice:
    """The next step, without words."""

    key: str
    facts: Mapping[str, Any]

    def __str__(self) -> str:
        """One sentence for the surface that is at work; empty where that has none."""
        table: Mapping[str, Any] = import_module(f"apps.{self.key.partition('.')[0]}.{_surface.get()}").ADVICE
        return str(table.get(self.key, "")).format(**self.facts)


def advise(key: str, **facts: Any) -> Advice:
    """`key` is the app and what is advised: `advise("tasks.cancel", number=7)`."""
    return Advice(key, facts)


@contextmanager
def worded_for_commands() -> Iterator[None]:
    """Inside, advice names commands."""
    token = _surface.set(COMMAND)
    try:
        yield
    finally:
        _surface.reset(token)
