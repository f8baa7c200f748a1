# [DEF:superset.texts.spans:Module]
# @COMPLEXITY: 2
# @PURPOSE: The results of searching a text: references, unresolved macros, and server-bound keys.

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from apps.superset.assets import Kind

EXCERPT = 120
"""Maximum length of text that a message quotes."""


@dataclass(frozen=True, slots=True)
class Span:
    """The number, slug or UUID at `text[start:end]`: only this part may be replaced.

    `number` for an id, `name` for a slug or UUID, which mean the same on another server and are only checked.
    `how` says how the reference was written: `macro`, `link`, `css`, `own host`, `slug`, `uuid`.
    """

    start: int
    end: int
    kind: Kind
    number: int | None
    name: str | None
    how: str


@dataclass(frozen=True, slots=True)
class Host:
    """`scheme://host[:port]` of the source itself before a link, at `text[start:end]`: replaced only on request."""

    start: int
    end: int
    text: str


class Why(StrEnum):
    """Why a reference cannot be resolved with certainty."""

    EXPRESSION = "expression"
    """The number is computed, or comes from a variable, a parameter of the page, a filter."""
    REQUEST = "request"
    """`metric('x')` without an id: the dataset of the request, otherwise `url_params` (jinja_context.py)."""
    RENAMED = "renamed"
    """The macro itself is passed on under another name, or its name means something else here."""
    BROKEN = "broken"
    """The text cannot be parsed, but seems to contain a macro."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """`text`: as written, cut to an excerpt."""

    text: str
    why: Why


@dataclass(frozen=True, slots=True)
class ServerBound:
    """A key of one server that no number can replace (`what`: `permalink`, `form data key`, …)."""

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
    """Everything that several readers found in one text; if two found the same place, the first reader wins."""
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
