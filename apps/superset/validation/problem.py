# [DEF:superset.validation.problem:Module]
# @COMPLEXITY: 2
# @PURPOSE: One thing that the importer does not take of a document, and how its place is written.
# @RELATION CALLS -> superset.shapes

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Document
from apps.superset.shapes import NOUNS, noun_of

ROW_NAMES = {"columns": "column_name", "metrics": "metric_name"}
ROW_TABLES = {"columns": "column", "metrics": "metric"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the importer does not take: where it stands, and what is wrong with it."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path} {self.what}"


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


def too_long(path: str, text: str, longest: int) -> Problem:
    return Problem(path, f"has {len(text)} characters, and {longest} is the most")


def wrong_type(path: str, value: Any, wanted: type) -> Problem:
    return Problem(path or "the document", f"is {noun_of(value)} where {NOUNS[wanted]} was expected")


def below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
