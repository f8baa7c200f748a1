# [DEF:tasks.live.client_messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a client may send through a socket: the lines that it wants.
# @RELATION DEPENDS_ON -> tasks.live.streams

from __future__ import annotations

from typing import Any

import orjson

from apps.tasks.live.streams import LineFilter

LAST_NUMBER = 2**31 - 1
WORDS = 20


class InvalidMessage(Exception):
    """The client sent something that it may not send; the text says why."""


def line_filter(sent: str | bytes | None) -> LineFilter:
    try:
        given = orjson.loads(sent or b"")
    except orjson.JSONDecodeError:
        raise InvalidMessage("Send a JSON object.") from None
    if not isinstance(given, dict) or given.keys() - {"after", "level", "source"}:
        raise InvalidMessage("Send an object with after, level and source only.")
    after = given.get("after", 0)
    if type(after) is not int or not 0 <= after <= LAST_NUMBER:
        raise InvalidMessage("after must be the number of the last line that you have, or 0.")
    return LineFilter(after, _words(given, "level"), _words(given, "source"))


def _words(given: dict[str, Any], name: str) -> tuple[str, ...]:
    words = given.get(name) or []
    if not isinstance(words, list) or len(words) > WORDS or not all(map(_is_word, words)):
        raise InvalidMessage(f"{name} must be a list of at most {WORDS} words.")
    return tuple(words)


def _is_word(given: object) -> bool:
    return isinstance(given, str) and given.isprintable()
