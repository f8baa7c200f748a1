# [DEF:superset.validation.problem:Module]
# @COMPLEXITY: 2
# @PURPOSE: One thing that the importer does not take of a document, and how its place is written.
# @RELATION CALLS -> superset.shapes

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Document
from apps.superset.messages.message import Message
from apps.superset.shapes import NOUNS, noun_of

ROW_NAMES = {"columns": "column_name", "metrics": "metric_name"}
ROW_TABLES = {"columns": "column", "metrics": "metric"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the importer does not take: where it stands, and what is wrong with it."""

    path: str
    what: Message

    def __str__(self) -> str:
        return str(self.message())

    def message(self, row: Message | None = None) -> Message:
        """The clause; `row` is what a person calls the place."""
        place = one_line(self.path) if self.path else Message("import.document")
        if row is None:
            return Message("import.at", path=place, problem=self.what)
        return Message("import.at_row", path=place, row=row, problem=self.what)


def row_name(document: Document, path: str) -> Message | None:
    """What a person calls the column or metric that a path leads into (`columns[3].groupby`): its name, or nothing."""
    holder, bracket, rest = path.partition("[")
    number = rest.partition("]")[0]
    rows = document.get(holder)
    if not bracket or holder not in ROW_NAMES or not number.isdecimal() or not isinstance(rows, list):
        return None
    row = rows[int(number)]
    name = row.get(ROW_NAMES[holder]) if isinstance(row, Mapping) else None
    if not isinstance(name, str) or not name:
        return None
    return Message(f"import.{ROW_TABLES[holder]}", name=one_line(name))


def too_long(path: str, text: str, longest: int) -> Problem:
    return Problem(path, Message("import.too_long", length=len(text), most=longest))


def wrong_type(path: str, value: Any, wanted: type) -> Problem:
    return Problem(path, Message("shape.wrong_type", found=noun_of(value), wanted=NOUNS[wanted]))


def below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
