# [DEF:superset.diff.charts:Module]
# @COMPLEXITY: 2
# @PURPOSE: Changes in a chart: its type, dataset, settings and stored query.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps.superset.assets import Document
from apps.superset.content.normalize import digest
from apps.superset.diff.difference import Difference, difference
from apps.superset.diff.fields import (
    MISSING,
    Comparison,
    each_key,
    field,
    general,
    leaf,
    mapping,
    same,
    without_missing,
)
from apps.superset.messages.marking import gettext_noop as _

LABELS = {
    "metric": _("metric"),
    "metrics": _("metrics"),
    "metrics_b": _("metrics of the second query"),
    "percent_metrics": _("percentage metrics"),
    "secondary_metric": _("secondary metric"),
    "groupby": _("dimensions"),
    "groupby_b": _("dimensions of the second query"),
    "groupbyRows": _("rows"),
    "groupbyColumns": _("columns"),
    "columns": _("columns"),
    "all_columns": _("columns"),
    "series": _("series"),
    "x_axis": _("x-axis"),
    "time_grain_sqla": _("time grain"),
    "granularity_sqla": _("time column"),
    "time_range": _("time range"),
    "adhoc_filters": _("filters"),
    "adhoc_filters_b": _("filters of the second query"),
    "row_limit": _("row limit"),
    "series_limit": _("series limit"),
    "timeseries_limit_metric": _("sort by"),
    "order_desc": _("sort descending"),
    "color_scheme": _("color scheme"),
    "label_colors": _("colours of labels"),
    "y_axis_format": _("number format of the y-axis"),
    "number_format": _("number format"),
    "show_legend": _("legend"),
    "annotation_layers": _("annotation layers"),
    "viz_type": _("chart type in the settings"),
    "query_mode": _("query mode"),
}
"""Names of settings in Superset's editor; other settings keep their own names."""


def compare_charts(before: Document, after: Document) -> Iterator[Difference]:
    copied = _type_agrees(before) and _type_agrees(after)
    comparisons = {**COMPARISONS, "params": _params_without_type} if copied else {**COMPARISONS, "params": _params}
    yield from each_key("", before, after, comparisons)


def _type_agrees(document: Document) -> bool:
    """Whether the settings' copy of the chart type matches the chart: then a change is reported once."""
    return same(document.get("viz_type"), mapping(document.get("params")).get("viz_type", MISSING))


def _params_without_type(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    old, new = ({name: item for name, item in side.items() if name != "viz_type"} for side in (before, after))
    yield from _params(path, old, new)


def _params(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from each_key(path, before, after, {}, _param)
    else:
        yield from general(path, before, after)


def _param(path: str, before: Any, after: Any) -> Iterator[Difference]:
    name = path.partition("params.")[2] or path
    yield leaf("param", LABELS.get(name, name), path, before, after)


def _query_context(path: str, before: Any, after: Any) -> Iterator[Difference]:
    """One difference, because it follows from the settings. The values are hashes; the text lists what changed."""
    sentences = [each.sentence() for each in general(path, before, after)]
    if same(without_missing(before), without_missing(after)):
        yield leaf("field", path, path, before, after)
        return
    old, new = ({"sha256": digest(without_missing(value))} for value in (before, after))
    yield difference("query_context_changed", path, path, old, new, "\n".join(sentences))


COMPARISONS: Mapping[str, Comparison] = {
    "slice_name": field("name_changed"),
    "viz_type": field("viz_type_changed"),
    "dataset_uuid": field("dataset_changed"),
    "description": field("description_changed"),
    "tags": field("tags_changed"),
    "query_context": _query_context,
}
