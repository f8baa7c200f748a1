# [DEF:plugins.params:Module]
# @COMPLEXITY: 2
# @PURPOSE: The parameters of an action and the settings of a plugin: a frozen dataclass, read from JSON and described
#   by a JSON schema.
"""Its fields are `str`, `int`, `float`, `bool`, an `Enum` of strings, a tuple of one of these (`tuple[str, ...]`), or
one of these or None; those of settings may be a `Secret`, too. A field with a default may be left out.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.core.exceptions import ValidationError

from apps.core.crypto.encryption import Secret
from apps.plugins import messages

NAMES = {str: "text", bool: "boolean", int: "integer", float: "number", Secret: "text"}
SCHEMAS = {str: "string", bool: "boolean", int: "integer", float: "number"}


def parse(params: type[Any], data: Mapping[str, Any], *, noun: str = "parameter") -> Any:
    """An instance of the dataclass. ValidationError names each field that is wrong, missing or not known, or says what
    the dataclass itself has refused with a ValueError."""
    known = {field.name: field for field in fields(params)}
    hints = get_type_hints(params)
    unknown = messages.UNKNOWN[noun].format(known=_listed(known))
    errors = {name: unknown for name in data if name not in known}
    values: dict[str, Any] = {}
    for name, field in known.items():
        try:
            if name in data:
                values[name] = _read(hints[name], data[name])
            elif _is_required(field):
                errors[name] = str(messages.MISSING[noun])
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise ValidationError(errors)
    try:
        return params(**values)
    except Exception as error:  # noqa: BLE001 - `__post_init__` of a plugin may raise anything
        raise ValidationError(str(error)) from None


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


def inner_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """That of a value that is there, where it may also be null."""
    inner: Mapping[str, Any] = schema["anyOf"][0] if "anyOf" in schema else schema
    return inner


def secret_names(params: type[Any]) -> frozenset[str]:
    """The fields whose values are never shown."""
    return frozenset(name for name, hint in get_type_hints(params).items() if (_optional(hint) or hint) is Secret)


def refuse_unknown_types(params: Any, *, secrets: bool = False) -> None:
    """TypeError if it is no frozen dataclass, or has a field that cannot be read from JSON, or a secret one unasked."""
    if not (isinstance(params, type) and is_dataclass(params)):
        raise TypeError(f"{params!r} is no dataclass.")
    if not params.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise TypeError(f"{params.__name__} is not frozen: write @dataclass(frozen=True).")
    if not secrets and (found := secret_names(params)):
        raise TypeError(f"Only settings may be secret, not the parameter “{min(found)}”.")
    json.dumps(json_schema(params))
    hints = get_type_hints(params)
    for field in fields(params):
        if not _is_required(field):
            _refuse_default(field.name, hints[field.name], _written(_default(field)))


def _refuse_default(name: str, hint: Any, default: Any) -> None:
    try:
        _read(hint, default)
    except ValueError as error:
        raise TypeError(f"The default of “{name}” does not fit its type: {error}") from None


def _read(hint: Any, value: Any) -> Any:
    """The value as this type; ValueError with a sentence if it is none."""
    if (inner := _optional(hint)) is not None:
        return None if value is None else _read(inner, value)
    if get_origin(hint) is tuple:
        if not isinstance(value, (list, tuple)):
            raise ValueError(str(messages.MUST_BE_LIST))
        return tuple(_read(get_args(hint)[0], item) for item in value)
    if hint is Secret and isinstance(value, str):
        return Secret.of(value)
    if issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            sentence = messages.NOT_A_CHOICE.format(value=value, choices=_listed(_choices(hint)))
            raise ValueError(sentence) from None
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:  # not isinstance: True is an int, too
        raise ValueError(str(messages.MUST_BE[NAMES[hint]]))
    if hint is str and "\0" in value:
        raise ValueError(str(messages.NO_NUL))
    return value


def _schema(hint: Any) -> dict[str, Any]:
    if (inner := _optional(hint)) is not None:
        return {"anyOf": [_schema(inner), {"type": "null"}]}
    if get_origin(hint) is tuple:
        item, *rest = get_args(hint)
        if rest != [...]:
            raise TypeError(f"{hint} is not a tuple of any length: write tuple[str, ...].")
        if item is Secret:
            raise TypeError("A list cannot be secret: declare each secret by its name.")
        return {"type": "array", "items": _schema(item)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        if not all(isinstance(choice, str) for choice in _choices(hint)):
            raise TypeError(f"{hint.__name__} has values that are not text.")
        return {"type": "string", "enum": _choices(hint)}
    if hint is Secret:
        return {"type": "string", "format": "password", "writeOnly": True}
    if hint not in SCHEMAS:
        raise TypeError(f"{hint} cannot be the type of a parameter.")
    return {"type": SCHEMAS[hint]}


def _described(field: Field[Any]) -> dict[str, Any]:
    described = {"title": str(field.metadata.get("title", "")), "description": str(field.metadata.get("help", ""))}
    facts: dict[str, Any] = {name: text for name, text in described.items() if text}
    return facts if _is_required(field) else facts | {"default": _written(_default(field))}


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
    return ", ".join(names) or str(messages.NONE)
