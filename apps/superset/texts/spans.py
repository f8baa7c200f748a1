# [DEF:superset.texts.spans:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a search in a text finds: references, unresolved macros, and what only one server knows.
# @RELATION DEPENDS_ON -> superset.assets

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from apps.superset.assets import Kind

EXCERPT = 120
"""As much of a text as a message quotes."""


@dataclass(frozen=True, slots=True)
class Span:
    """The number, slug or UUID itself at `text[start:end]`: what stands there may be replaced, nothing around it.

    `number` for an id, `name` for a slug or UUID, which mean the same on another server and are only to be checked.
    `how` says what the reference was written as: `macro`, `link`, `css`, `own host`, `slug`, `uuid`.
    """

    start: int
    end: int
    kind: Kind
    number: int | None
    name: str | None
    how: str


@dataclass(frozen=True, slots=True)
class Host:
    """`scheme://host[:port]` of the source itself before a link, at `text[start:end]`: replaced by choice only."""

    start: int
    end: int
    text: str


class Why(StrEnum):
    """Why a reference cannot be resolved surely."""

    EXPRESSION = "expression"
    """The number is computed, or comes from a variable, a parameter of the page, a filter."""
    REQUEST = "request"
    """`metric('x')` without an id: the dataset of whatever asks, else `url_params` (jinja_context.py)."""
    RENAMED = "renamed"
    """The macro itself is passed on under another name, or its name means something else here."""
    BROKEN = "broken"
    """The text cannot be parsed, and a macro seems to be in it."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """`text`: as written, cut to an excerpt."""

    text: str
    why: Why


@dataclass(frozen=True, slots=True)
class ServerBound:
    """Something of one server that no number can be put in place of (`what`: `permalink`, `form data key`, …)."""

    text: str
    what: str


@dataclass(frozen=True, slots=True)
class Found:
    """Spans are sorted and never overlap."""

    spans: tuple[Span, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    server_bound: tuple[ServerBound, ...] = ()
    hosts: tuple[Host, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.spans or self.unresolved or self.server_bound or self.hosts)


NOTHING = Found()


def together(*parts: Found) -> Found:
    """Everything that several readers found in one text; the first reader wins where two found the same place."""
    taken: list[Span] = []
    for span in sorted((span for part in parts for span in part.spans), key=lambda span: span.start):
        if not taken or taken[-1].end <= span.start:
            taken.append(span)
    return Found(
        tuple(taken),
        tuple(dict.fromkeys(each for part in parts for each in part.unresolved)),
        tuple(dict.fromkeys(each for part in parts for each in part.server_bound)),
        tuple(dict.fromkeys(each for part in parts for each in part.hosts)),
    )


def excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
