# [DEF:core.management.terminal:Module]
# @COMPLEXITY: 2
# @PURPOSE: Standard output and error that are closed, that end early, or that lack characters.

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

from django.apps import apps

from apps.core.management.output import FAILED
from apps.core.storage import why_not_stored

SIMPLER = {
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("–—−", "-"),
    "…": "...",
    "→": "->",
    "·": "*",
    "\xa0": " ",
}
"""What stands for the signs of our texts where a terminal has ASCII or Latin-1 only."""

HANDLER = "lockstep.simpler"


def prepare() -> None:
    """Whatever is written from here on can be: no encoding and no closed stream ends a command half-way."""
    codecs.register_error(HANDLER, _simpler)
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:  # closed by whoever started us: `>&-`
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115 - lasts as long as the process
        elif isinstance(stream, TextIOWrapper) and not has_every_character(stream):
            stream.reconfigure(errors=HANDLER)


@contextmanager
def ended_early() -> Iterator[None]:
    """Inside, a reader that went away (`| head`) and a full disk end the process without a stack trace."""
    try:
        yield
        sys.stdout.flush()  # so that it is reported here, not by Python at exit
    except BrokenPipeError:
        silence()
        sys.exit(FAILED)
    except OSError as error:
        sentence = why_not_stored(error) if apps.ready else error.strerror  # nothing is translated before
        if not sentence:
            raise
        silence()
        sys.stderr.write(f"{sentence}\n")
        sys.exit(FAILED)


def silence() -> None:
    """Keep Python from writing at exit, which would fail in the same way."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def has_every_character(stream: Any) -> bool:
    """Whether it takes all of Unicode."""
    encoding = getattr(stream, "encoding", None)
    return not encoding or codecs.lookup(encoding).name.startswith("utf")


def json_for(text: str, stream: Any) -> str:
    """The same JSON, in ASCII if the stream lacks characters: a simpler sign could end a string."""
    return text if has_every_character(stream) else re.sub(r"[^\x00-\x7f]", _escaped, text)


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _simpler(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(char: str) -> str:
    return SIMPLER.get(char) or char.encode("ascii", "backslashreplace").decode()
