# [DEF:core.management.colour:Module]
# @COMPLEXITY: 2
# @PURPOSE: Colour at a terminal: whether it is wanted, and which lines and words get which.
"""Signs and words say everything; colour only repeats it. Texts are made plain first and coloured last, so that no text
from outside brings colour of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

from django.core.management.base import OutputWrapper
from django.utils.translation import gettext

chosen: ContextVar[bool | None] = ContextVar("chosen", default=None)
"""What `--no-color` or `--force-color` said."""


class Colour(StrEnum):
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    QUIET = "2"


Prefixes = Sequence[tuple[str, Colour]]

LEVELS = {"warning": Colour.YELLOW, "error": Colour.RED, "debug": Colour.QUIET}
"""Of log lines."""

WORDS = {
    Colour.GREEN: ("applied", "approved", "succeeded"),
    Colour.YELLOW: ("applying", "awaiting input", "planned", "queued", "rolling back", "running", "submitted"),
    Colour.RED: ("errored", "failed", "interrupted", "lost", "rejected", "timed out"),
}
"""Of states."""

STATE = re.compile(r"(?i)\b(?:state|status)\b")
CELL = re.compile(r"\S+(?: \S+)*")


def is_wanted(stream: Any) -> bool:
    """By the option, else by https://no-color.org and its opposite, else on a terminal that is not dumb."""
    if (option := chosen.get()) is not None:
        return option
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return is_terminal(stream)


def is_terminal(stream: Any) -> bool:
    """One that understands escape sequences."""
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def unwrapped(stream: Any) -> Any:
    """The stream itself: Django's wrapper would end a line that is to be written over, or a prompt."""
    return stream._out if isinstance(stream, OutputWrapper) else stream  # noqa: SLF001 - Django has no public way


def painted(text: str, colour: Colour | None) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and text else text


def painted_lines(text: str, prefixes: Prefixes) -> str:
    """Each line by what it begins with."""
    return "\n".join(
        painted(line, next((colour for prefix, colour in prefixes if line.startswith(prefix)), None))
        for line in text.split("\n")
    )


def painted_starts(text: str, shades: Mapping[str, Colour]) -> str:
    """The word that a line begins with, where it is one of these."""
    return "\n".join(_painted_start(line, shades) for line in text.split("\n"))


def _painted_start(line: str, shades: Mapping[str, Colour]) -> str:
    start = CELL.match(line)
    return f"{painted(start[0], shades.get(start[0]))}{line[start.end() :]}" if start else line


def painted_states(text: str) -> str:
    """The words of states in a table: in the column with that heading, or beside that label."""
    head, *lines = text.split("\n")
    column = STATE.search(head)
    start = column.start() if column else None
    return "\n".join([head, *(_painted_state(line, start) for line in lines)])


def _painted_state(line: str, start: int | None) -> str:
    if start is None and (label := re.match(r"(?i)(?:state|status) +", line)):
        start = label.end()
    cell = CELL.match(line, start) if start is not None else None
    if cell is None:
        return line
    return f"{line[: cell.start()]}{painted(cell[0], _of_state(cell[0]))}{line[cell.end() :]}"


def _of_state(word: str) -> Colour | None:
    return next((colour for colour, words in WORDS.items() if word in map(gettext, words)), None)
