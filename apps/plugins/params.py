# [DEF:plugins.params:Module]
# @COMPLEXITY: 2
# @PURPOSE: The parameters of an action: a frozen dataclass, read from JSON and described as a JSON schema.
"""The parameters of an action: a frozen dataclass, read from JSON and described as a JSON schema.

Its fields are `str`, `int`, `float`, `bool`, an `Enum` of strings, a tuple of one of these (`tuple[str, ...]`), or one
of these or None. A field with a default may be left out.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.core.exceptions import ValidationError

NAMES = {str: "text", bool: "yes or no", int: "a whole number", float: "a number"}
SCHEMAS = {str: "string", bool: "boolean", int: "integer", float: "number"}


def parse(params: type[Any], data: Mapping[str, Any]) -> Any:
    """An instance of the dataclass. ValidationError names each field that is wrong, missing or not known."""
    known = {field.name: field for field in fields(params)}
    hints = get_type_hints(params)
    errors = {name: f"There is no such parameter: known are {_listed(known)}." for name in data if name not in known}
    values: dict[str, Any] = {}
    for name, field in known.items():
        try:
            if name in data:
                values[name] = _read(hints[name], data[name])
            elif _is_required(field):
                errors[name] = "This parameter is missing."
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise ValidationError(errors)
    return params(**values)


def to_json(instance: Any) -> dict[str, Any]:
    """What `parse` makes the same instance of."""
    return {name: _written(value) for name, value in asdict(instance).items()}


def json_schema(params: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(params)
    return {
        "type": "object",
        "properties": {field.name: _schema(hints[field.name]) | _described(field) for field in fields(params)},
        "required": [field.name for field in fields(params) if _is_required(field)],
        "additionalProperties": False,
    }


def refuse_unknown_types(params: type[Any]) -> None:
    """TypeError if it is no dataclass, or has a field that cannot be read from JSON."""
    if not is_dataclass(params):
        raise TypeError(f"{params!r} is no dataclass.")
    for hint in get_type_hints(params).values():
        _schema(hint)


def _read(hint: Any, value: Any) -> Any:
    """The value as this type; ValueError with a sentence if it is none."""
    if (inner := _optional(hint)) is not None:
        return None if value is None else _read(inner, value)
    if get_origin(hint) is tuple:
        if not isinstance(value, (list, tuple)):
            raise ValueError("This must be a list.")
        return tuple(_read(get_args(hint)[0], item) for item in value)
    if issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            raise ValueError(f"“{value}” is not known: it must be one of {_listed(_choices(hint))}.") from None
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:  # not isinstance: True is an int, too
        raise ValueError(f"This must be {NAMES[hint]}.")
    return value


def _schema(hint: Any) -> dict[str, Any]:
    if (inner := _optional(hint)) is not None:
        return {"anyOf": [_schema(inner), {"type": "null"}]}
    if get_origin(hint) is tuple:
        item, *rest = get_args(hint)
        if rest != [...]:
            raise TypeError(f"{hint} is not a tuple of any length: write tuple[str, ...].")
        return {"type": "array", "items": _schema(item)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"type": "string", "enum": _choices(hint)}
    if hint not in SCHEMAS:
        raise TypeError(f"{hint} cannot be the type of a parameter.")
    return {"type": SCHEMAS[hint]}


def _described(field: Field[Any]) -> dict[str, Any]:
    described = {"title": field.metadata.get("title", ""), "description": field.metadata.get("help", "")}
    told: dict[str, Any] = {name: text for name, text in described.items() if text}
    return told if _is_required(field) else told | {"default": _written(_default(field))}


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _optional(hint: Any) -> Any:
    """The type that may also be None; None if this is not such a union."""
    if get_origin(hint) not in {Union, types.UnionType}:
        return None
    inner = [each for each in get_args(hint) if each is not types.NoneType]
    if len(inner) != 1 or len(get_args(hint)) != 2:
        raise TypeError(f"{hint} is a choice of several types.")
    return inner[0]


def _choices(hint: type[Enum]) -> list[str]:
    return [member.value for member in hint]


def _written(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return [_written(item) for item in value] if isinstance(value, tuple) else value


def _listed(names: Any) -> str:
    return ", ".join(names) or "none"
