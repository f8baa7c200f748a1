# [DEF:superset.validation.schema_check:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether a document passes the importer's schemas and fits Superset's tables.
# @RELATION DEPENDS_ON -> superset.assets
# @RELATION DEPENDS_ON -> superset.shapes
"""The schemas are those of the installed package, as data (`importer_schemas/`); the rules by which they judge are
marshmallow's. Superset writes what it was given, and not what its schemas made of it: a text where a number belongs
passes the schema and breaks off at the table. So both are checked.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

from apps.superset.assets import Document, Kind
from apps.superset.shapes import NOUNS, noun_of

Facts = Mapping[str, Any]
"""What a schema says of one field: `type`, and where it has them `required`, `null`, `length`, `one_of`, `json`,
`items` (of a list) and `schema` (of what is nested)."""

ROW_NAMES = {"columns": "column_name", "metrics": "metric_name"}
ROW_TABLES = {"columns": "column", "metrics": "metric"}
INTEGERS = range(-(2**31), 2**31)
"""What an INTEGER of PostgreSQL and MySQL holds."""

TRUTHS = frozenset(
    {"t", "T", "true", "True", "TRUE", "on", "On", "ON", "y", "Y", "yes", "Yes", "YES", "1", 1}
    | {"f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "n", "N", "no", "No", "NO", "0", 0}
)
"""What marshmallow takes for true or false."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the importer does not take: where it stands, and what is wrong with it."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path} {self.what}"


def schema_problems(kind: Kind, document: Document, line: str) -> list[Problem]:
    """What the importer's schema refuses of a document as it would be sent (`query_context` is a text of JSON)."""
    return list(_nested(str(kind), document, "", _schemas(line)["schemas"]))


def table_problems(kind: Kind, document: Document, line: str) -> list[Problem]:
    """What the schema takes and Superset's tables do not hold as it is: texts that are too long, and values of another
    type than the column's."""
    tables = _schemas(line)["tables"]
    found = list(_stored(tables.get(str(kind), {}).get("columns", {}), document, ""))
    for name, table in ROW_TABLES.items() if kind is Kind.DATASET else ():
        for number, row in enumerate(_rows(document, name)):
            found += _stored(tables[table]["columns"], row, f"{name}[{number}].")
    return found


def row_name(document: Document, path: str) -> str:
    """What a person calls the column or metric that a path leads into (`columns[3].groupby`): its name, or nothing."""
    holder, bracket, rest = path.partition("[")
    number = rest.partition("]")[0]
    rows = document.get(holder)
    if not bracket or holder not in ROW_NAMES or not number.isdecimal() or not isinstance(rows, list):
        return ""
    row = rows[int(number)]
    name = row.get(ROW_NAMES[holder]) if isinstance(row, Mapping) else None
    return f"{ROW_TABLES[holder]} “{name}”" if isinstance(name, str) and name else ""


@cache
def _schemas(line: str) -> Facts:
    file = resources.files("apps.superset.releases.importer_schemas") / f"v{line.replace('.', '_')}.json"
    found: Facts = json.loads(file.read_text())
    for schema in found["schemas"].values():
        schema["required"] = [name for name, facts in schema["fields"].items() if facts.get("required")]
        for facts in schema["fields"].values():
            facts[PLAINLY] = _plainly(facts)
    return found


PLAINLY = "plainly"
PLAIN = {"String": str, "Boolean": bool, "Integer": int, "Dict": dict}


def _plainly(facts: Facts) -> frozenset[type]:
    """The types of which every value is taken: nearly all values of a document are of one, and need no closer look."""
    ruled = facts.keys() & {"length", "one_of", "json"}
    kinds = [] if ruled or facts["type"] not in PLAIN else [PLAIN[facts["type"]]]
    return frozenset([*kinds, type(None)] if facts.get("null") else kinds)


# --- what marshmallow would say --------------------------------------------------------------------------------------


def _nested(name: str, document: Any, path: str, schemas: Facts) -> Iterator[Problem]:
    """Of one mapping that has a schema of its own."""
    if not isinstance(document, Mapping):
        yield _wrong(path, document, dict)
        return
    document, problems = _loaded(name, document, path)
    yield from problems
    fields = schemas[name]["fields"]
    for key, value in document.items():
        if (facts := fields.get(key)) is None:
            yield Problem(_below(path, str(key)), "is a field that this release does not know")
        elif type(value) not in facts[PLAINLY]:
            yield from _value(facts, value, _below(path, key), schemas)
    for key in schemas[name]["required"]:
        if key not in document:
            yield Problem(_below(path, key), "is missing")
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
        return result, [] if name == "dataset" else [Problem(_below(path, "extra"), "is a text that is no JSON")]
    return result, []


def _whole(name: str, document: Document, path: str) -> Iterator[Problem]:
    if name == "folder" and "name" in document and "children" not in document:
        yield Problem(_below(path, "children"), "is missing, though the folder has a name")


def _value(facts: Facts, value: Any, path: str, schemas: Facts) -> Iterator[Problem]:
    if value is None:
        if not facts.get("null"):
            yield Problem(path, "is null, which the importer refuses")
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
        yield _wrong(path, value, list)
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
        return [_wrong(path, value, wanted)]
    if kind == "UUID" and not _is_uuid(value):
        return [Problem(path, "is no UUID")]
    if kind == "Url" and not value.startswith(("http://", "https://", "ftp://", "ftps://")):
        return [Problem(path, "is no address")]
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
        yield Problem(path, "is empty, which the importer refuses")
    if most is not None and len(value) > most:
        yield _too_long(path, value, most)
    if "one_of" in facts and value not in facts["one_of"]:
        yield Problem(path, f"is none of {', '.join(facts['one_of'])}")
    if facts.get("json") and value and not _is_json(value):
        yield Problem(path, "is a text that is no JSON")


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


# --- what the tables hold --------------------------------------------------------------------------------------------


def _stored(columns: Facts, document: Document, path: str) -> Iterator[Problem]:
    for name, value in document.items():
        if (facts := columns.get(name)) is None:
            continue
        if value is None:
            if facts.get("null") is False:
                yield Problem(f"{path}{name}", "is null, which Superset's database refuses")
        elif facts["type"] == "Boolean" and not isinstance(value, bool):
            yield _wrong(f"{path}{name}", value, bool)
        elif facts["type"] == "Integer" and (isinstance(value, bool) or not isinstance(value, int)):
            yield _wrong(f"{path}{name}", value, int)
        elif facts["type"] == "Integer" and value not in INTEGERS:
            yield Problem(f"{path}{name}", "is a number that does not fit into Superset's database")
        elif facts["type"] == "String":
            yield from _fits(f"{path}{name}", value, facts["length"])


def _fits(path: str, value: Any, longest: int) -> Iterator[Problem]:
    """A mapping is stored as the text of its JSON."""
    text = json.dumps(value, default=str) if isinstance(value, Mapping) else value
    if isinstance(text, str) and len(text) > longest:
        yield _too_long(path, text, longest)


def _rows(document: Document, name: str) -> Iterator[Mapping[str, Any]]:
    rows = document.get(name)
    for row in rows if isinstance(rows, list) else ():
        yield row if isinstance(row, Mapping) else {}


def _too_long(path: str, text: str, longest: int) -> Problem:
    return Problem(path, f"has {len(text)} characters, and {longest} is the most")


def _wrong(path: str, value: Any, wanted: type) -> Problem:
    return Problem(path or "the document", f"is {noun_of(value)} where {NOUNS[wanted]} was expected")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
