# [DEF:superset.bundle.yaml_scalars:Module]
# @COMPLEXITY: 2
# @PURPOSE: The value that one YAML scalar stands for, as PyYAML's safe loader would make it.

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.events import ScalarEvent

STR = "tag:yaml.org,2002:str"

SPECIAL = object()
"""In place of a value that only PyYAML can make."""

REMEMBERED = 64
"""The longest scalars that are remembered, in characters."""


def scalar_value(event: ScalarEvent) -> Any:
    if event.anchor or event.tag:
        return SPECIAL
    text = event.value
    if len(text) > REMEMBERED:
        return _plain(text) if event.implicit[0] else text
    return _remembered_plain(text) if event.implicit[0] else _remembered_text(text)


def _plain(text: str) -> Any:
    """What a scalar without quotes stands for."""
    tag = _tag_of(text)
    if tag == STR:
        return text
    construct = _CONSTRUCTOR.yaml_constructors.get(tag)
    try:
        return construct(_CONSTRUCTOR, yaml.ScalarNode(tag, text)) if construct else SPECIAL
    except (ValueError, LookupError, AttributeError, TypeError, OverflowError):  # PyYAML will fail as well, and tell
        return SPECIAL


def _tag_of(value: str) -> str:
    """As yaml.resolver.BaseResolver.resolve: the first implicit resolver for the first character that matches."""
    resolvers = yaml.CSafeLoader.yaml_implicit_resolvers
    for tag, pattern in (*resolvers.get(value[:1], ()), *resolvers.get(None, ())):
        if pattern.match(value):
            return str(tag)
    return STR


_CONSTRUCTOR = SafeConstructor()
_remembered_plain = lru_cache(maxsize=4096)(_plain)
_remembered_text = lru_cache(maxsize=4096)(str)
"""One object for a text that comes again and again: names of fields, types, colours."""
