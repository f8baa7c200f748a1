# [DEF:superset.texts.escapes:Module]
# @COMPLEXITY: 2
# @PURPOSE: Decodes the escapes in a text, with the position of each character in the original.
"""Decoded, up to twice: percent codes, `\\/` and `\\u0026` of JSON, `&amp;`, `&quot;` and numeric codes of HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

LONGEST_FORM_DATA = 20_000
RUN = re.compile(r"[^\s\"'<>`]+")
CODE = re.compile(r"%[0-7][0-9A-Fa-f]|\\/|\\u00[0-7][0-9A-Fa-f]|&(?:amp|quot|apos|#\d{2,3}|#x[0-7][0-9A-Fa-f]);")


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    starts: tuple[int, ...]
    """The position of each character in the whole text, and of the end."""

    def place(self, start: int, end: int) -> tuple[int, int]:
        return self.starts[start], self.starts[end]


def runs(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The pieces without blanks and quotes that contain one of the words; JSON after `form_data=` is part of its
    piece."""
    position = 0
    while match := RUN.search(text, position):
        start, end = match.span()
        piece = match[0]
        if piece.endswith(("form_data={", "form_data={\\")):
            close = text.find("}", end, end + LONGEST_FORM_DATA)
            end = close + 1 if close >= 0 else end
            piece = text[start:end]
        position = end
        if any(word in piece for word in words):
            yield start, end


def decoded(text: str, start: int, end: int) -> Decoded:
    once = Decoded(text[start:end], tuple(range(start, end + 1)))
    for _ in range(2):
        if not CODE.search(once.text):
            break
        once = _undone(once)
    return once


def _undone(run: Decoded) -> Decoded:
    pieces, starts, position = [], list[int](), 0
    for code in CODE.finditer(run.text):
        pieces += [run.text[position : code.start()], _character(code[0])]
        starts += [*run.starts[position : code.start()], run.starts[code.start()]]
        position = code.end()
    return Decoded("".join([*pieces, run.text[position:]]), (*starts, *run.starts[position:]))


def _character(code: str) -> str:
    if code == "\\/":
        return "/"
    return unescape(code) if code.startswith("&") else chr(int(code[-2:], base=16))
