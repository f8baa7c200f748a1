# [DEF:superset.validation.import_faults:Module]
# @COMPLEXITY: 2
# @PURPOSE: Shapes that pass the importer's schema and then crash its code.
"""The schema of 6.1.0 calls a layout, metadata, settings and a stored query objects and looks no further. The code that
puts new numbers in goes into them unchecked, and one wrong shape fails the whole request with “unknown reason”
(commands/dashboard/importers/v1/utils.py: build_uuid_to_id_map, update_id_refs, update_cross_filter_scoping;
commands/utils.py: update_chart_config_dataset). Takes symbolic documents as well as those that are sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Document, Kind
from apps.superset.messages.message import Message
from apps.superset.validation.problem import ROW_NAMES, Problem, wrong_type

Problems = Iterator[Problem]


def import_faults(kind: Kind, document: Document) -> list[Problem]:
    match kind:
        case Kind.DATASET:
            return list(_dataset(document))
        case Kind.CHART:
            return [*_layers(document.get("params")), *_query_context(document.get("query_context"))]
        case Kind.DASHBOARD:
            return [*_position(document.get("position")), *_metadata(document.get("metadata"))]
        case _:
            return []


def _dataset(document: Document) -> Problems:
    """Two rows of one name become one. `data` makes the target load a table (commands/dataset/importers/v1/utils.py),
    and no export has it."""
    if document.get("data") is not None:
        yield Problem("data", Message("import.loads_rows"))
    for name, own in ROW_NAMES.items():
        rows = document.get(name)
        names = [row.get(own) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        for each, many in Counter(each for each in names if isinstance(each, str)).items():
            if many > 1:
                yield Problem(name, Message("import.same_name", count=many, name=one_line(each)))


def _layers(params: Any) -> Problems:
    """Those that are no formulas are cut out (commands/chart/importers/v1/utils.py: filter_chart_annotations)."""
    if isinstance(params, Mapping):
        yield from _expect(params, "annotation_layers", list, "params")
        layers = params.get("annotation_layers")
        for number, layer in enumerate(layers if isinstance(layers, list) else ()):
            if not isinstance(layer, Mapping):
                yield wrong_type(f"params.annotation_layers[{number}]", layer, dict)


def _query_context(context: Any) -> Problems:
    """The datasource is set in each part."""
    if not isinstance(context, Mapping):
        return
    yield from _expect(context, "form_data", dict, "query_context")
    yield from _expect(context, "queries", list, "query_context")
    queries = context.get("queries")
    for number, query in enumerate(queries if isinstance(queries, list) else ()):
        if not isinstance(query, Mapping):
            yield wrong_type(f"query_context.queries[{number}]", query, dict)


def _position(position: Any) -> Problems:
    for name, node in position.items() if isinstance(position, Mapping) else ():
        if not isinstance(node, Mapping):
            continue
        if "type" not in node:
            yield Problem(f"position.{name}.type", Message("import.missing"))
        elif node["type"] == "CHART" and not isinstance(node.get("meta"), Mapping):
            yield wrong_type(f"position.{name}.meta", node.get("meta"), dict)


def _metadata(metadata: Any) -> Problems:
    if not isinstance(metadata, Mapping):
        return
    yield from _expect(metadata, "timed_refresh_immune_slices", list, "metadata")
    yield from _expect(metadata, "expanded_slices", dict, "metadata")
    yield from _expect(metadata, "native_filter_configuration", list, "metadata")
    yield from _expect(metadata, "chart_configuration", dict, "metadata")
    yield from _expect(metadata, "global_chart_configuration", dict, "metadata")
    yield from _filters(metadata.get("native_filter_configuration"), "metadata.native_filter_configuration")
    yield from _scope(metadata.get("global_chart_configuration"), "metadata.global_chart_configuration")
    table = metadata.get("chart_configuration")
    for chart, settings in table.items() if isinstance(table, Mapping) else ():
        if isinstance(settings, Mapping):
            path = f"metadata.chart_configuration.{chart}"
            yield from _expect(settings, "crossFilters", dict, path)
            yield from _cross_filters(settings.get("crossFilters"), f"{path}.crossFilters")


def _filters(filters: Any, path: str) -> Problems:
    for number, each in enumerate(filters if isinstance(filters, list) else ()):
        place = f"{path}[{number}]"
        if not isinstance(each, Mapping):
            yield wrong_type(place, each, dict)
            continue
        yield from _expect(each, "targets", list, place)
        yield from _scope(each, place)
        targets = each.get("targets")
        for count, target in enumerate(targets if isinstance(targets, list) else ()):
            if not isinstance(target, Mapping):
                yield wrong_type(f"{place}.targets[{count}]", target, dict)
            elif target.get("datasetUuid"):
                yield from _expect(target, "datasetUuid", str, f"{place}.targets[{count}]")


def _scope(holder: Any, path: str) -> Problems:
    if isinstance(holder, Mapping):
        yield from _expect(holder, "scope", dict, path)
        yield from _excluded(holder.get("scope"), f"{path}.scope")


def _cross_filters(filters: Any, path: str) -> Problems:
    """The scope may also be the word “global”."""
    if isinstance(filters, Mapping):
        yield from _excluded(filters.get("scope"), f"{path}.scope")


def _excluded(scope: Any, path: str) -> Problems:
    """Null is passed over."""
    if isinstance(scope, Mapping) and scope.get("excluded") is not None:
        yield from _expect(scope, "excluded", list, path)


def _expect(holder: Mapping[str, Any], name: str, wanted: type, path: str) -> Problems:
    """What is not there is fine; null is not."""
    if name in holder and not isinstance(holder[name], wanted | Mapping if wanted is dict else wanted):
        yield wrong_type(f"{path}.{name}", holder[name], wanted)
