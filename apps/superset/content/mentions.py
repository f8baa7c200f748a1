# [DEF:superset.content.mentions:Module]
# @COMPLEXITY: 2
# @PURPOSE: Where a chart setting or dashboard filter names a column or metric of a dataset.
"""Superset refers to columns and metrics by name, under as many keys as it has controls. So all values of the settings
are searched, except those known to contain something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Key, Kind, objects
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.references.graph import references
from apps.superset.references.places import FILTER_LISTS
from apps.superset.references.reference import Packed, Template


class Noun(StrEnum):
    METRIC = "metric"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Member:
    """A metric or column by its name."""

    noun: Noun
    name: str


WORDS = frozenset(
    {
        *("viz_type", "datasource", "type", "label", "aggregate", "operator", "operatorId", "clause", "expressionType"),
        *("comparator", "val", "optionName", "filterOptionName", "color_scheme", "time_range", "time_grain_sqla"),
        *("description", "verbose_name", "verbose_map", "url_params", "extra_form_data", "dashboards", "slice_id"),
        *("header_text", "subheader", "custom_sql", "row_limit", "sort_x_axis", "orientation", "showTotal"),
    }
)
"""Keys of settings whose values are not names of columns or metrics; neither are titles, labels and formats."""

ENDINGS = ("_title", "_label", "_format", "_type", "_scheme", "_position", "_text")

COLUMN_KEYS = frozenset(
    {
        *(
            "column_name",
            "name",
            "groupby",
            "groupbyRows",
            "groupbyColumns",
            "columns",
            "all_columns",
            "series_columns",
        ),
        *("x_axis", "granularity_sqla", "time_column"),
    }
)
"""Keys under which a text is the name of a column, even if a metric has the same name."""

FILTER_PARTS = ("targets", "controlValues", "adhoc_filters", "customization", "granularity_sqla", "time_column")
"""The parts of a filter or chart customization that name columns and metrics."""


def in_settings(settings: Any, member: Member) -> list[str]:
    """The keys at the top of a chart's settings under which the member is named."""
    return [str(key) for key, value in _items(settings) if _names(key) and _mentions({key: value}, member)]


def in_filters(dashboard: Asset, dataset: Key, member: Member) -> Iterator[str]:
    """The native filters and chart customizations of a symbolic dashboard that use this member of the dataset."""
    metadata = dashboard.document.get("metadata")
    for field, noun in FILTER_LISTS.items():
        for holder in objects(metadata.get(field) if isinstance(metadata, Mapping) else None):
            parts = {part: holder[part] for part in FILTER_PARTS if part in holder}
            if uses_dataset(holder, field, dataset) and _mentions(parts, member):
                yield f"{noun} “{one_line(holder.get('name') or holder.get('id') or '')}”"


def uses_dataset(holder: Mapping[str, Any], field: str, dataset: Key) -> bool:
    alone = Asset(Key(Kind.DASHBOARD, ""), "", {"position": {}, "metadata": {field: [holder]}})
    return any(each.key == dataset for each in references(alone))


def _mentions(value: Any, member: Member, key: str = "") -> bool:
    value = _plain(value)
    if isinstance(value, Mapping):
        return any(
            _names(name) and (_is_column_setting(key, name, member) or _mentions(item, member, str(name)))
            for name, item in value.items()
        )
    if isinstance(value, list):
        return any(_mentions(item, member, key) for item in value)
    return isinstance(value, str) and _is_named(value, member, key)


def _is_named(text: str, member: Member, key: str) -> bool:
    if key == "sqlExpression":
        return re.search(rf"(?<!\w){re.escape(member.name)}(?!\w)", text) is not None
    if text.startswith(("[", "{")):  # order_by_cols is a list of JSON texts
        return _mentions(_parsed(text), member, key)
    if member.noun is Noun.METRIC and key in COLUMN_KEYS:
        return False
    if member.noun is Noun.COLUMN and _holds_metrics(key):
        return False
    return text == member.name


def _is_column_setting(key: str, name: Any, member: Member) -> bool:
    """Settings by column or metric: `column_config`."""
    return key == "column_config" and name == member.name


def _holds_metrics(key: str) -> bool:
    """Under such a key a bare text is a saved metric; a metric built from a column is an object."""
    return "metric" in key.lower()


def _names(key: Any) -> bool:
    return key not in WORDS and not str(key).endswith(ENDINGS)


def _items(settings: Any) -> list[tuple[Any, Any]]:
    settings = _plain(settings)
    return list(settings.items()) if isinstance(settings, Mapping) else []


def _plain(value: Any) -> Any:
    """A text with references as plain text, and JSON stored as text as its parsed value."""
    if isinstance(value, Packed):
        return value.value
    return str(value) if isinstance(value, Template) else value


def _parsed(text: str) -> Any:
    try:
        return load_json(text).value
    except JsonRefused:
        return None
