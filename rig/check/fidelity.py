"""What became of the fields of an asset on its way to another server."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

Document = dict[str, Any]


class Fate(StrEnum):
    LOST = "lost"
    """It had a value on the source, and has none on the target."""

    CONVERTED = "converted"
    """It has another value, or the same one in another form."""


Seen = tuple[str, str, Fate]
"""(kind, field, fate): `("dataset", "metrics.currency", CONVERTED)`."""

ROWS = ("columns", "metrics")


def seen(kind: str, source: Document, target: Document) -> Iterator[Seen]:
    """Of two canonical forms, the fields of the first whose value is not that of the second."""
    for name, value in source.items():
        other = target.get(name)
        if name in ROWS:
            fates = _of_rows(value or {}, other or {})
        elif name == "metadata":
            fates = _of_fields(value or {}, other or {})
        else:
            fates = iter([("", _fate(value, other))])
        yield from {(kind, f"{name}{inner}", fate) for inner, fate in fates if fate}


def _of_rows(rows: Document, others: Document) -> Iterator[tuple[str, Fate | None]]:
    for name, row in rows.items():
        yield from _of_fields(row, others.get(name) or {})


def _of_fields(row: Document, other: Document) -> Iterator[tuple[str, Fate | None]]:
    yield from ((f".{name}", _fate(value, other.get(name))) for name, value in row.items())


def _fate(value: Any, other: Any) -> Fate | None:
    if value == other or value in (None, "", [], {}):
        return None
    return Fate.LOST if other in (None, "", [], {}) else Fate.CONVERTED
