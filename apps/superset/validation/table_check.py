# [DEF:superset.validation.table_check:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether Superset's tables hold a document as it is.
# @RELATION CALLS -> superset.validation.schemas
"""Superset writes what it was given, and not what its schemas made of it: a text where a number belongs passes the
schema and breaks off at the table. So both are asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from apps.superset.assets import Document, Kind
from apps.superset.messages.message import Message
from apps.superset.validation.problem import ROW_TABLES, Problem, too_long, wrong_type
from apps.superset.validation.schemas import Facts, importer_schemas

INTEGERS = range(-(2**31), 2**31)
"""What an INTEGER of PostgreSQL and MySQL holds."""


def table_problems(kind: Kind, document: Document, line: str) -> list[Problem]:
    """What the schema takes and Superset's tables do not hold as it is: texts that are too long, and values of another
    type than the column's."""
    tables = importer_schemas(line)["tables"]
    found = list(_stored(tables.get(str(kind), {}).get("columns", {}), document, ""))
    for name, table in ROW_TABLES.items() if kind is Kind.DATASET else ():
        for number, row in enumerate(_rows(document, name)):
            found += _stored(tables[table]["columns"], row, f"{name}[{number}].")
    return found


def _stored(columns: Facts, document: Document, path: str) -> Iterator[Problem]:
    for name, value in document.items():
        if (facts := columns.get(name)) is None:
            continue
        if value is None:
            if facts.get("null") is False:
                yield Problem(f"{path}{name}", Message("import.null_in_database"))
        elif facts["type"] == "Boolean" and not isinstance(value, bool):
            yield wrong_type(f"{path}{name}", value, bool)
        elif facts["type"] == "Integer" and (isinstance(value, bool) or not isinstance(value, int)):
            yield wrong_type(f"{path}{name}", value, int)
        elif facts["type"] == "Integer" and value not in INTEGERS:
            yield Problem(f"{path}{name}", Message("import.too_great"))
        elif facts["type"] == "String":
            yield from _fits(f"{path}{name}", value, facts["length"])


def _fits(path: str, value: Any, longest: int) -> Iterator[Problem]:
    """A mapping is stored as the text of its JSON."""
    text = json.dumps(value, default=str) if isinstance(value, Mapping) else value
    if isinstance(text, str) and len(text) > longest:
        yield too_long(path, text, longest)


def _rows(document: Document, name: str) -> Iterator[Mapping[str, Any]]:
    rows = document.get(name)
    for row in rows if isinstance(rows, list) else ():
        yield row if isinstance(row, Mapping) else {}
