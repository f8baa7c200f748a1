"""Hostile names: line breaks, escape sequences, direction marks, characters that no database accepts."""

from __future__ import annotations

import re

FORGED = "FORGED-LINE"
NAMES: dict[str, str] = {
    "a line break": f"Sales\n{FORGED} nothing will change",
    "a carriage return": f"Sales\r{FORGED} nothing will change",
    "both": f"Sales\r\n{FORGED} nothing will change",
    "a line separator": f"Sales\u2028{FORGED} nothing",
    "a paragraph separator": f"Sales\u2029{FORGED} nothing",
    "a next line": f"Sales\x85{FORGED} nothing",
    "a form feed": f"Sales\x0c{FORGED} nothing",
    "a vertical tab": f"Sales\x0b{FORGED} nothing",
    "an escape sequence": "Sales\x1b[2J\x1b[1;31mred\x1b[0m",
    "a window title": "Sales\x1b]0;owned\x07",
    "an eight-bit escape": "Sales\x9b2J",
    "a backspace": "Sales\x08\x08\x08\x08\x08Sold",
    "a bell": "Sales\x07",
    "right to left": "Sales \u202egnp.exe",
    "an isolate": "Sales \u2066x\u2069",
    "marks of direction": "Sales\u200f\u200e\u061c",
    "no width": "Sa\u200bles\ufeff",
    "tags": "Sales\U000e0041\U000e0042",
    "a hundred thousand letters": "S" * 100_000,
    "Markdown": f"Sales | x |\n\n# {FORGED}\n",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a delete": "Sales\x7f",
}
UNSTORABLE: dict[str, str] = {
    "a NUL": "Sales\0Dashboard",
    "a lone surrogate": "Sales\ud800Dashboard",
    "a surrogate the wrong way round": "Sales\udc00\ud800",
    "no character": "Sales\ufffe\uffff",
}

CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Characters that no surface may print raw, except its own tabs and line feeds."""

FORGERY = re.compile(rf"^\W*{FORGED}", re.MULTILINE)
"""A line forged by a name."""


def raw_text(printed: str) -> list[str]:
    """What a name must never cause in a printed text."""
    found = [f"prints {match[0]!r} raw" for match in list(CONTROLS.finditer(printed))[:1]]
    found += ["prints a line that a name forged"] if FORGERY.search(printed) else []
    return found
