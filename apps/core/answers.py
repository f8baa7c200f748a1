# [DEF:core.answers:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a command answers, in the three formats people and scripts ask for.

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FORMATS = ("text", "json", "markdown")

DONE = 0
FAILED = 1
PENDING = 2
INTERRUPTED = 130
"""Exit codes: done or nothing to do; failed, refused or wrong usage; changes pending; stopped by Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One result. `data` is JSON-serialisable; `markdown` may be left out where it equals the text."""

    data: Any
    text: str
    markdown: str = ""
    exit_code: int = DONE

    def as_format(self, name: str) -> str:
        if name == "json":
            return json.dumps(self.data, indent=2, ensure_ascii=False)
        return (self.markdown or self.text) if name == "markdown" else self.text


def text_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to their widest cell; no line ends in spaces."""
    cells = [headers, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def markdown_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_markdown_cell(cell) for cell in row) + " |" for row in lines)


def _markdown_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def table_answer(data: Any, headers: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> Answer:
    """A list as a table; `empty` is the sentence for one without rows."""
    if not rows:
        return Answer(data, empty)
    return Answer(data, text_table(headers, rows), markdown_table(headers, rows))
