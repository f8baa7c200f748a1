# [DEF:superset.validation.schema_check:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether a document passes the importer's schemas.
# @RELATION DEPENDS_ON -> superset.assets
# @RELATION CALLS -> superset.validation.schemas
"""The rules by which the schemas judge are marshmallow's."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from apps.superset.assets import Document, Kind
from apps.superset.messages.message import Message
from apps.superset.validation.problem import Problem, below, too_long, wrong_type
from apps.superset.validation.schemas import PLAINLY, Facts, importer_schemas

TRUTHS = frozenset(
    {"t", "T", "true", "True", "TRUE", "on", "On", "ON", "y", "Y", "yes", "Yes", "YES", "1", 1}
    | {"f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "n", "N", "no", "No", "NO", "0", 0}
)
"""What marshmallow takes for true or false."""


def schema_problems(kind: Kind, document: Document, line: str) -> list[Problem]:
    """What the importer's schema refuses of a document as it would be sent (`query_context` is a text of JSON)."""
    return list(_nested(str(kind), document, "", importer_schemas(line)["schemas"]))


def _nested(name: str, document: Any, path: str, schemas: Facts) -> Iterator[Problem]:
    """Of one mapping that has a schema of its own."""
    if not isinstance(document, Mapping):
        yield wrong_type(path, document, dict)
        return
    document, problems = _loaded(name, document, path)
    yield from problems
    fields = schemas[name]["fields"]
    for key, value in document.items():
        if (facts := fields.get(key)) is None:
            yield Problem(below(path, str(key)), Message("import.unknown_field"))
        elif type(value) not in facts[PLAINLY]:
            yield from _value(facts, value, below(path, key), schemas)
    for key in schemas[name]["required"]:
        if key not in document:
            yield Problem(below(path, key), Message("import.missing"))
    yield from _whole(name, document, path)


def _loaded(name: str, document: Document, path: str) -> tuple[Document, list[Problem]]:
    """What the `pre_load` of a schema makes of a document; the text of an `extra` is read as JSON."""
    extra = document.get("extra")
    result = dict(document)
    if name == "dataset" and document.get("template_params") == "":
        result["template_params"] = None
    if name not in ("dataset", "column", "metric") or not isinstance(extra, str):
        return result, []
    try:
        result["extra"] = json.loads(extra)
    except (ValueError, RecursionError):
        result["extra"] = None
        return result, [] if name == "dataset" else [Problem(below(path, "extra"), Message("import.no_json"))]
    return result, []


def _whole(name: str, document: Document, path: str) -> Iterator[Problem]:
    if name == "folder" and "name" in document and "children" not in document:
        yield Problem(below(path, "children"), Message("import.folder_without_children"))


def _value(facts: Facts, value: Any, path: str, schemas: Facts) -> Iterator[Problem]:
    if value is None:
        if not facts.get("null"):
            yield Problem(path, Message("import.null"))
        return
    match facts["type"]:
        case "List":
            yield from _list(facts, value, path, schemas)
        case "Nested":
            value = _currency(value) if facts.get("class") == "CurrencyField" else value
            yield from _nested(facts["schema"], value, path, schemas)
        case simple:
            yield from _simple(simple, value, path) or _ruled(facts, value, path)


def _list(facts: Facts, value: Any, path: str, schemas: Facts) -> Iterator[Problem]:
    if not isinstance(value, list | tuple):
        yield wrong_type(path, value, list)
        return
    for number, item in enumerate(value):
        yield from _value(facts["items"], item, f"{path}[{number}]", schemas)


def _simple(kind: str, value: Any, path: str) -> list[Problem]:
    takes, wanted = {
        "Boolean": (_is_truth, bool),
        "Dict": (lambda found: isinstance(found, Mapping), dict),
        "Integer": (_is_integer, int),
        "String": (lambda found: isinstance(found, str), str),
        "Url": (lambda found: isinstance(found, str), str),
        "UUID": (lambda found: True, str),
    }[kind]
    if not takes(value):
        return [wrong_type(path, value, wanted)]
    if kind == "UUID" and not _is_uuid(value):
        return [Problem(path, Message("import.no_uuid"))]
    if kind == "Url" and not value.startswith(("http://", "https://", "ftp://", "ftps://")):
        return [Problem(path, Message("import.no_address"))]
    return []


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool | int | float | str) and value in TRUTHS


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        int(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _is_uuid(value: Any) -> bool:
    try:
        UUID(value)
    except (TypeError, ValueError, AttributeError):
        return False
    return True


def _ruled(facts: Facts, value: Any, path: str) -> Iterator[Problem]:
    """What the field's own rules refuse of a value of the right type."""
    least, most = facts.get("length") or (None, None)
    if least is not None and len(value) < least:
        yield Problem(path, Message("import.empty"))
    if most is not None and len(value) > most:
        yield too_long(path, value, most)
    if "one_of" in facts and value not in facts["one_of"]:
        yield Problem(path, Message("import.no_choice", known=", ".join(facts["one_of"])))
    if facts.get("json") and value and not _is_json(value):
        yield Problem(path, Message("import.no_json"))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _currency(value: Any) -> Any:
    """A currency as text, which older releases wrote: JSON or what Python prints, and that up to twice."""
    if not isinstance(value, str):
        return value
    for _ in range(2):
        value = _literal(value) if isinstance(value, str) else value
    return value if isinstance(value, Mapping) else {}


def _literal(text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None
