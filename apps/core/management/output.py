# [DEF:core.management.output:Module]
# @COMPLEXITY: 2
# @PURPOSE: The output of a command in three formats, for people and scripts.

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line, plain, plain_json
from apps.core.management import colour

FORMATS = ("text", "json", "markdown")

DONE = 0
FAILED = 1
PENDING = 2
INTERRUPTED = 130
"""Exit codes: done or nothing to do; failed, refused or wrong usage; changes pending; stopped by Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Output:
    """One result. `data` is JSON-serialisable; `markdown` may be left out if it equals the text.

    Control characters and invisible text are removed. Line breaks stay, so the caller passes foreign text through
    `one_line`.
    """

    data: Any
    text: str
    markdown: str = ""
    exit_code: int = DONE
    paint: Callable[[str], str] = str
    """Colours the text, which is plain by then, for a terminal."""

    def as_format(self, name: str, *, coloured: bool = False) -> str:
        if name == "json":
            return json_text(self.data)
        if name == "markdown":
            return plain(self.markdown or self.text)
        return self.paint(plain(self.text)) if coloured else plain(self.text)


def json_text(data: Any) -> str:
    return plain_json(json.dumps(data, indent=2, ensure_ascii=False))


def text_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to their widest cell; no line ends in spaces."""
    cells = [[_cell(text) for text in row] for row in (headers, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def markdown_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_markdown_cell(cell) for cell in row) + " |" for row in lines)


def _cell(text: str) -> str:
    """Two spaces separate the columns, so no cell has them."""
    return re.sub(" {2,}", " ", one_line(text))


def _markdown_cell(text: str) -> str:
    return re.sub(r"([\\|`<\[])", r"\\\1", _cell(text))


def table_output(data: Any, headers: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> Output:
    """A list as a table; `empty` is the sentence for an empty list."""
    if not rows:
        return Output(data, empty)
    return Output(data, text_table(headers, rows), markdown_table(headers, rows), paint=colour.painted_states)
