# [DEF:superset.diff.dashboards:Module]
# @COMPLEXITY: 2
# @PURPOSE: Changes in a dashboard: title and address, filters, cross-filtering, colors, layout.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps.superset.assets import Document, Kind
from apps.superset.diff.difference import Difference, difference
from apps.superset.diff.fields import Comparison, each_key, field, general, mapping, parts
from apps.superset.diff.filters import filters
from apps.superset.diff.layout import compare_layouts
from apps.superset.messages.marking import gettext_noop as _
from apps.superset.references.reference import Ref, is_chart

HEADER = "HEADER_ID"


def compare_dashboards(before: Document, after: Document) -> Iterator[Difference]:
    if _header_agrees(before) and _header_agrees(after):
        before, after = _without_header_text(before), _without_header_text(after)
    metadata = _metadata(_chart_names(before) | _chart_names(after))
    yield from each_key("", before, after, {**COMPARISONS, "metadata": metadata})


def _header_agrees(document: Document) -> bool:
    """Whether the header in the layout repeats the title: then a change is reported once."""
    header = mapping(mapping(document.get("position")).get(HEADER))
    text = mapping(header.get("meta")).get("text")
    return isinstance(text, str) and text == document.get("dashboard_title")


def _without_header_text(document: Document) -> Document:
    header = document["position"][HEADER]
    meta = {name: item for name, item in header["meta"].items() if name != "text"}
    return {**document, "position": {**document["position"], HEADER: {**header, "meta": meta}}}


def _chart_names(document: Document) -> dict[str, str]:
    """The titles of the charts in the layout, by UUID."""
    nodes = (node for node in mapping(document.get("position")).values() if is_chart(node))
    return {str(node["meta"].get("uuid")): str(node["meta"].get("sliceName") or "") for node in nodes}


def _metadata(names: Mapping[str, str]) -> Comparison:
    def named(reference: Any) -> str:
        key = reference.key if isinstance(reference, Ref) else None
        found = names.get(key.uuid) if key and key.kind is Kind.CHART else None
        return f"chart “{found}”" if found else str(reference)

    def by_chart(path: str, before: Any, after: Any) -> Iterator[Difference]:
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            yield from _cross_filters(path, before, after)
            return
        each = {name: _cross_filters_of(named(name)) for name in [*before, *after]}
        yield from each_key(path, before, after, each)

    def compare(path: str, before: Any, after: Any) -> Iterator[Difference]:
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from each_key(path, before, after, {**METADATA, "chart_configuration": by_chart})
        else:
            yield from general(path, before, after)

    return compare


def _cross_filters_of(subject: str) -> Comparison:
    """Every differing value below, reported as a change of cross-filtering."""

    def compare(path: str, before: Any, after: Any) -> Iterator[Difference]:
        for each in general(path, before, after):
            kind = each.kind.replace("field_", "cross_filters_")
            yield difference(kind, subject, each.path, each.before, each.after)

    return compare


_cross_filters = _cross_filters_of(_("the dashboard"))

METADATA: Mapping[str, Comparison] = {
    "native_filter_configuration": filters("filter"),
    "chart_customization_config": filters("customization"),
    "global_chart_configuration": _cross_filters,
    "cross_filters_enabled": _cross_filters,
    "color_scheme": field("color_scheme_changed"),
    "label_colors": parts("colors_changed"),
    "map_label_colors": parts("colors_changed"),
    "shared_label_colors": field("colors_changed"),
    "color_scheme_domain": field("colors_changed"),
    "refresh_frequency": field("refresh_changed"),
}

COMPARISONS: Mapping[str, Comparison] = {
    "dashboard_title": field("title_changed"),
    "slug": field("slug_changed"),
    "published": field("published_changed"),
    "css": field("css_changed"),
    "description": field("description_changed"),
    "theme_uuid": field("theme_changed"),
    "tags": field("tags_changed"),
    "position": compare_layouts,
}
