# [DEF:plugins.management.cli_params:Module]
# @COMPLEXITY: 2
# @PURPOSE: Parameters and settings on a command line: `NAME=VALUE`, repeated for a list.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import LockstepError
from apps.plugins.params import inner_schema, json_schema

YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False}


def read_cli_params(declared: type[Any], words: Iterable[str]) -> dict[str, Any]:
    """As JSON. A value that is not of the declared type stays text, and is refused by `parse`."""
    properties = json_schema(declared)["properties"]
    given: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise LockstepError(_("“{word}” is not NAME=VALUE.").format(word=word))
        schema = inner_schema(properties.get(name, {}))
        if schema.get("type") == "array":
            given[name] = [*given.get(name, []), *([read_value(schema["items"], text)] if text else [])]
        else:
            given[name] = read_value(schema, text)
    return given


def read_value(schema: Mapping[str, Any], text: str) -> Any:
    try:
        match schema.get("type"):
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                return YES_OR_NO.get(text.lower(), text)
    except ValueError:
        pass
    return text
