# [DEF:contracts.plain_text:Module]
# @COMPLEXITY: 2
# @PURPOSE: Makes untrusted text storable on the way in, and plain on the way out.
"""Standard library only, so that everything may import it.

On the way in `storable` replaces what databases cannot store: NUL and lone surrogates. On the way out `one_line` and
`plain` replace what would mislead a reader: line breaks, terminal sequences, marks that change the direction of
writing, characters without a width. Replaced characters stay visible as backslash escapes (`\\n`, `\\x1b`, `\\u202e`).
"""

from __future__ import annotations

import re
from typing import Any

LONGEST = 200
"""Characters of one name in a place of one line."""

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL stores no NUL in text, and lone surrogates cannot be encoded as UTF-8."""

_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_OF_SEVERAL_LINES = re.compile(f"[{_INVISIBLE}]")
_OF_ONE_LINE = re.compile(f"[\t\n{_INVISIBLE}]")
_NAMED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def storable(text: str) -> str:
    """The text with NUL and lone surrogates as `\\x00` and `\\ud800`."""
    return UNSTORABLE.sub(_escaped, text)


def is_storable(text: str) -> bool:
    return UNSTORABLE.search(text) is None


def unstorable_in(value: Any) -> str:
    """Where a value of JSON holds what no database takes: `fields.name`; empty if it does nowhere."""
    waiting = [("", value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, str) and not is_storable(each):
            return path or "the text"
        pairs = each.items() if isinstance(each, dict) else enumerate(each) if isinstance(each, list | tuple) else ()
        for name, inner in pairs:
            place = storable(f"{path}.{name}" if path else str(name))
            if isinstance(name, str) and not is_storable(name):
                return place
            waiting.append((place, inner))
    return ""


def one_line(text: object, longest: int = 0) -> str:
    """For a place of one line: nothing in it breaks the line, hides, or turns the direction. Cut if it is longer."""
    plain_text = _OF_ONE_LINE.sub(_escaped, str(text))
    return f"{plain_text[: longest - 1]}…" if longest and len(plain_text) > longest else plain_text


def plain(text: object) -> str:
    """For a place of several lines: as `one_line`, but line feeds and tabs stay."""
    return _OF_SEVERAL_LINES.sub(_escaped, str(text))


def plain_json(text: str) -> str:
    """JSON text of the same value in which everything invisible is escaped. Laid out by line feeds and spaces."""
    return _OF_SEVERAL_LINES.sub(_escaped_in_json, text)


def name(text: object) -> str:
    """What an asset, an environment or a person is called, in a place of one line."""
    return one_line(text, LONGEST)


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if char in _NAMED:
        return _NAMED[char]
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _escaped_in_json(match: re.Match[str]) -> str:
    number = ord(match[0])
    if number < 0x10000:
        return f"\\u{number:04x}"
    high, low = divmod(number - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
