# [DEF:superset.bundle.safe_json:Module]
# @COMPLEXITY: 2
# @PURPOSE: Parses untrusted JSON: bounded depth, storable text.
# @RELATION CALLS -> contracts.plain_text

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import is_storable, storable
from apps.superset.messages.message import Message

DEPTH = 100
"""Levels of nesting, as for YAML: what is deeper overflows the stack of code that walks it."""

SUSPECT = re.compile(r"\\u0000|\\u[dD][89a-fA-F]|[\0\ud800-\udfff]")
SUSPECT_BYTES = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""How a NUL or a surrogate can be written. Most texts have none, and are not looked at again."""


class JsonRefused(ValueError):
    """Text that is no JSON, or JSON that is nested too deeply to be read. The message completes “this …”."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A value whose text can be stored, and where that took a change: `result.3.name`, at most the first few."""

    value: Any
    escaped: tuple[str, ...] = ()


def load_json(text: str | bytes) -> Cleaned:
    """What the text stands for; JsonRefused where it is no JSON or too deep."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise JsonRefused(Message("value.no_json")) from None
    require_shallow(value)
    suspect = SUSPECT.search(text) if isinstance(text, str) else SUSPECT_BYTES.search(text)
    return cleaned(value) if suspect else Cleaned(value)


def require_shallow(value: Any) -> None:
    level = [value]
    for _ in range(DEPTH):
        holders = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [inner for holder in holders for inner in holder if isinstance(inner, dict | list)]
        if not level:
            return
    raise _too_deep()


def cleaned(value: Any) -> Cleaned:
    """The value with NUL and lone surrogates as visible escapes. It must be shallow."""
    places: list[str] = []
    return Cleaned(_cleaned(value, "", places), tuple(places[:FEW]))


FEW = 100


def _cleaned(value: Any, path: str, places: list[str]) -> Any:
    if isinstance(value, str):
        return value if is_storable(value) else _escaped(value, path, places)
    if isinstance(value, list):
        return [_cleaned(each, _below(path, str(number)), places) for number, each in enumerate(value)]
    if isinstance(value, dict):
        return {
            _cleaned(name, path, places): _cleaned(each, _below(path, str(name)), places)
            for name, each in value.items()
        }
    return value


def _escaped(text: str, path: str, places: list[str]) -> str:
    places.append(storable(path))
    return storable(text)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _too_deep() -> JsonRefused:
    return JsonRefused(Message("value.too_deep", most=DEPTH))
