"""What the importers of older releases refuse, or take in another form.

Written independently of Lockstep's engine, on purpose. The source is the schema classes of each release
(`ImportV1…Schema` in superset/dashboards, charts and datasets/schemas.py), and what running servers answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Release = tuple[int, ...]
Document = dict[str, Any]

NEWEST = "6.1.0"

ADDED: dict[Release, dict[str, tuple[str, ...]]] = {
    (6, 0): {"dashboard": ("tags", "theme_uuid", "theme_id"), "chart": ("tags",), "dataset": ("folders",)},
    (6, 1): {"dataset": ("currency_code_column", "data_file", "source_db_engine"), "column": ("datetime_format",)},
}
"""Fields by the release that brought them; each before it answers them with 422 “Unknown field.”."""

CURRENCY_IS_A_MAPPING: Release = (6, 0)
"""Before, a currency is a text of JSON, and a mapping is answered with 422 “Not a valid string.”."""


def parsed(release: str) -> Release:
    """`(4, 1)` of `4.1.4`."""
    return tuple(int(part) for part in release.split(".")[:2])


def as_held(kind: str, document: Document, release: str) -> Document:
    """An asset as this release can hold it: without fields that it does not know, and currencies in its form."""
    held = _without_unknown(kind, document, release)
    if kind == "dataset":
        held = _with_rows(held, "columns", lambda column: _without_unknown("column", column, release))
        held = _with_rows(held, "metrics", lambda metric: _with_currency(metric, release))
    return held


def _without_unknown(kind: str, document: Document, release: str) -> Document:
    newer = [fields.get(kind, ()) for since, fields in ADDED.items() if since > parsed(release)]
    return {name: value for name, value in document.items() if not any(name in names for names in newer)}


def _with_rows(dataset: Document, name: str, change: Callable[[Document], Document]) -> Document:
    """The rows are a list in an export, and a mapping by their names in its canonical form."""
    rows = dataset.get(name)
    if isinstance(rows, dict):
        return {**dataset, name: {key: change(row) for key, row in rows.items()}}
    return {**dataset, name: [change(row) for row in rows]} if isinstance(rows, list) else dataset


def _with_currency(metric: Document, release: str) -> Document:
    form = _mapping if parsed(release) >= CURRENCY_IS_A_MAPPING else _text
    return {**metric, "currency": form(metric["currency"])} if "currency" in metric else metric


def _mapping(currency: Any) -> Any:
    return json.loads(currency) if isinstance(currency, str) and currency else currency


def _text(currency: Any) -> Any:
    return json.dumps(currency) if isinstance(currency, dict) else currency
