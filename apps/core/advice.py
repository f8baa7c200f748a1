# [DEF:core.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: The next step after a refusal: a key with facts, which each surface words differently.
"""At a terminal the next step is a command, elsewhere it is a page or button. So a refusal names only the key
(`tasks.list`) and the facts. The texts are in two tables of the app that the key begins with:
`apps/tasks/management/advice.py` for commands and `apps/tasks/advice.py` for everything else, each `ADVICE = {key:
text}` with the facts as `{name}`. A key that a table lacks gives no advice there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.utils.translation import override


@dataclass(frozen=True, slots=True)
class Surface:
    """Where a person reads: the module with the texts, below the app, and facts that each of them may use."""

    table: str
    facts: Mapping[str, Any]


APPLICATION = Surface("advice", {})

_surface: ContextVar[Surface] = ContextVar("surface", default=APPLICATION)


@dataclass(frozen=True, slots=True)
class Advice:
    """The next step, not yet worded."""

    key: str
    facts: Mapping[str, Any]

    def __str__(self) -> str:
        """One sentence for the surface at work; empty if it has none."""
        surface = _surface.get()
        table: Mapping[str, Any] = import_module(f"apps.{self.key.partition('.')[0]}.{surface.table}").ADVICE
        return str(table.get(self.key, "")).format(**surface.facts, **self.facts)


def advise(key: str, **facts: Any) -> Advice:
    """`key` is the app and the advice: `advise("tasks.cancel", number=7)`."""
    return Advice(key, facts)


@dataclass(frozen=True, slots=True)
class Steps:
    """Sentences and advice in order, put into words only when they are shown."""

    parts: tuple[object, ...]

    def __str__(self) -> str:
        return " ".join(filter(None, map(str, self.parts)))


def with_advice(sentence: object, advice: Advice | None) -> str:
    """The sentence, followed by the advice if the surface at work has one."""
    return " ".join(filter(None, (str(sentence), str(advice or ""))))


@contextmanager
def worded_for(surface: Surface) -> Iterator[None]:
    """Inside, advice is worded for this surface."""
    token = _surface.set(surface)
    try:
        yield
    finally:
        _surface.reset(token)


@contextmanager
def worded_for_everybody() -> Iterator[None]:
    """Inside, texts are English, and advice names pages and buttons, also in a command and for whoever reads another
    language: for what is stored, and read on every surface."""
    with worded_for(APPLICATION), override("en"):
        yield
