# [DEF:superset.references.places:Module]
# @COMPLEXITY: 2
# @PURPOSE: The table of all places where documents of Superset 6.1.0 hold an id.
"""Paths are dotted, from the top of an exported document: `*` is any key or item of a list, `**` any number of them,
`{}` the keys of a mapping; JSON inside a text is parsed, too (`JSON_TEXTS`). At each place a number may be written as
`5`, `"5"`, `{"value": 5}`, or a list of these; a dataset also as `5__table`, a chart also as `chart-5-layer-0`. Where
the importer looks numbers up, they are sent as numbers, and sets of them as lists.

Files of the sources are below `superset/` of the package; “front end” is its `static/assets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from apps.superset.assets import Kind


class Means(StrEnum):
    """What a place can refer to other than another asset."""

    SELF = "the chart itself"
    DATASET_OF_CHART = "the dataset of the chart, regardless of the number"
    KEY = "the same asset as the key above"
    COLUMN = "a column of the chart's dataset: `id` next to `column_name`"


class Unknown(StrEnum):
    """What happens to a number that refers to nothing in its own environment."""

    DROPPED = "removed, with a warning"
    KEPT = "kept, with a warning"


@dataclass(frozen=True, slots=True)
class Place:
    """One place. `follows` says how the named asset is used, where it has to travel along; `among` that only a chart
    of the dashboard itself counts; `unordered` that the order of the list means nothing; `layers` that what is no layer
    of a chart may stand there too.

    `beside` is the key next to it that names the same asset by UUID; `within` the path of what the importer sets or
    removes as one, with the number in it; `incidental` says that what is named does not count in a comparison; `empty`
    is the JSON that Superset writes where there is nothing."""

    document: Kind
    path: str
    names: Kind | Means
    source: str
    imported: str = "kept"
    unknown: Unknown = Unknown.DROPPED
    follows: str = ""
    among: bool = False
    unordered: bool = False
    layers: bool = False
    beside: str = ""
    within: str = ""
    incidental: bool = False
    empty: str = ""

    @property
    def key(self) -> str:
        """The key of the number."""
        return self.path.rpartition(".")[2]

    @property
    def holder(self) -> str:
        """The path of the mapping with that key."""
        return self.path.rpartition(".")[0]

    @property
    def in_numbers(self) -> bool:
        """Whether the importer looks up numbers here: it fails on any other notation, or drops it."""
        return self.imported in (REMAPPED, REMOVED)


class Parent(NamedTuple):
    """What an asset is made of, and the field of its document that names it by UUID."""

    kind: Kind
    field: str


REMAPPED = "remapped by the number and UUID of the layout"
REMOVED = "removed"
KEPT = "kept"
IDS = "commands/dashboard/importers/v1/utils.py: update_id_refs"
OWN_DATASET = "commands/utils.py: update_chart_config_dataset"
FRONT_END = "front end"
BOARD, CHART = Kind.DASHBOARD, Kind.CHART

NATIVE_FILTERS, CUSTOMIZATIONS = "native_filter_configuration", "chart_customization_config"
FILTER_LISTS: Mapping[str, str] = {NATIVE_FILTERS: "native filter", CUSTOMIZATIONS: "chart customization"}
"""The lists of filters in the metadata of a dashboard, and what one of each is called."""

UUIDS: Mapping[Kind, Parent] = {
    Kind.CHART: Parent(Kind.DATASET, "dataset_uuid"),
    Kind.DATASET: Parent(Kind.DATABASE, "database_uuid"),
}
"""What documents of a kind name by UUID."""

LAID_OUT = Place(
    BOARD,
    "position.*.meta.chartId",
    CHART,
    IDS,
    "set from meta.uuid",
    unknown=Unknown.KEPT,
    follows="layout",
    beside="uuid",
    incidental=True,
)
"""A chart in the layout of a dashboard."""


def _scoped(path: str, imported: str = KEPT, source: str = FRONT_END) -> Iterator[Place]:
    """Where a filter or cross-filter applies."""
    yield Place(BOARD, f"{path}.scope.excluded", CHART, source, imported, among=True, unordered=True)
    yield Place(BOARD, f"{path}.scope.selectedLayers", CHART, FRONT_END, among=True, layers=True)
    yield Place(BOARD, f"{path}.chartsInScope", CHART, FRONT_END, among=True, unordered=True)


def _filters(path: str, noun: str, imported: str) -> Iterator[Place]:
    yield from _scoped(f"{path}.*", imported, IDS)
    target = "commands/dashboard/export.py, set from datasetUuid where the export has one"
    yield Place(
        BOARD,
        f"{path}.*.targets.*.datasetId",
        Kind.DATASET,
        target,
        imported,
        unknown=Unknown.KEPT,
        follows=noun,
        beside="datasetUuid",
    )
    yield Place(BOARD, f"{path}.**.deck_slices", CHART, "front end: layers of an ad-hoc filter")
    yield Place(BOARD, f"{path}.**.visible_deckgl_layers", CHART, "front end: layers that are shown")


def _dashboard() -> Iterator[Place]:
    yield LAID_OUT
    data = "metadata"
    refreshed = f"{data}.timed_refresh_immune_slices"
    yield Place(BOARD, refreshed, CHART, IDS, REMAPPED, among=True, unordered=True, empty="[]")
    yield Place(BOARD, f"{data}.expanded_slices.{{}}", CHART, IDS, REMAPPED, among=True, empty="{}")
    yield from _filter_box(data)
    yield Place(BOARD, f"{data}.chart_configuration.{{}}", CHART, IDS, REMAPPED, among=True)
    yield Place(BOARD, f"{data}.chart_configuration.*.id", Means.KEY, IDS, REMAPPED)
    yield from _scoped(f"{data}.chart_configuration.*.crossFilters", REMAPPED, IDS)
    yield from _scoped(f"{data}.global_chart_configuration", REMAPPED, IDS)
    yield from _filters(f"{data}.{NATIVE_FILTERS}", FILTER_LISTS[NATIVE_FILTERS], REMAPPED)
    yield from _filters(f"{data}.{CUSTOMIZATIONS}", FILTER_LISTS[CUSTOMIZATIONS], KEPT)
    yield from _grouped_by(f"{data}.{CUSTOMIZATIONS}.*")


def _filter_box(data: str) -> Iterator[Place]:
    """Leftovers of filters from older releases."""
    scopes = f"{data}.filter_scopes"
    yield Place(BOARD, f"{scopes}.{{}}", CHART, IDS, REMOVED, among=True, within=scopes)
    yield Place(BOARD, f"{scopes}.*.*.immune", CHART, IDS, REMOVED, among=True, unordered=True, within=scopes)
    source = "utils/dashboard_filter_scopes_converter.py"
    yield Place(BOARD, f"{data}.filter_immune_slices", CHART, source, unordered=True)
    yield Place(BOARD, f"{data}.filter_immune_slice_fields.{{}}", CHART, source)


def _grouped_by(path: str) -> Iterator[Place]:
    """The dynamic group-by of a chart customization."""
    source, noun = "front end: dynamic group-by, read where no target has a datasetId", FILTER_LISTS[CUSTOMIZATIONS]
    chosen = f"{path}.customization.dataset"
    yield Place(BOARD, chosen, Kind.DATASET, source, unknown=Unknown.KEPT, follows=noun)
    for name in ("datasetInfo", "datasetInfo.id"):
        yield Place(BOARD, f"{path}.customization.{name}", Kind.DATASET, source)
    yield Place(BOARD, f"{path}.chartId", CHART, "front end: older dynamic group-by of one chart", among=True)


def _own_dataset(source: str, key: str = "") -> Place:
    """The dataset of a chart at `source`, which the importer sets as a whole."""
    by = "set from dataset_uuid"
    return Place(CHART, f"{source}{key}", Means.DATASET_OF_CHART, OWN_DATASET, by, within=source)


def _settings(path: str) -> Iterator[Place]:
    """The settings of a chart, which its stored query repeats."""
    yield _own_dataset(f"{path}.datasource")
    yield Place(CHART, f"{path}.slice_id", Means.SELF, "models/slice.py: form_data", incidental=True)
    yield Place(CHART, f"{path}.chart_id", Means.SELF, "security/manager.py: has_drill_access")
    yield Place(CHART, f"{path}.parent_slice_id", CHART, "viz.py: DeckGLMultiLayer")
    yield Place(CHART, f"{path}.datasource_id", Means.DATASET_OF_CHART, "views/utils.py: get_datasource_info")
    saved = "front end: what its dashboards were at its last save"
    yield Place(CHART, f"{path}.dashboards", BOARD, saved, incidental=True)
    opened = "security/manager.py: the dashboard it was last opened from"
    yield Place(CHART, f"{path}.dashboardId", BOARD, opened, incidental=True)
    yield Place(CHART, f"{path}.dashboard_id", BOARD, "utils/log.py")
    yield Place(CHART, f"{path}.deck_slices", CHART, "viz.py: DeckGLMultiLayer", follows="deck.gl layer")
    yield Place(CHART, f"{path}.**.deck_slices", CHART, "front end: layers of an ad-hoc filter")
    yield Place(CHART, f"{path}.**.visible_deckgl_layers", CHART, "front end: layers that are shown")
    yield _column(path)
    yield from _linked(f"{path}.url_params")


def _column(path: str) -> Place:
    return Place(CHART, f"{path}.**.column", Means.COLUMN, "front end: ad-hoc metrics and filters", incidental=True)


def _linked(path: str) -> Iterator[Place]:
    """The address that a chart was opened by, from which macros take what they are not given."""
    source = "jinja_context.py: get_dataset_id_from_context"
    yield Place(CHART, f"{path}.slice_id", CHART, source)
    yield Place(CHART, f"{path}.datasource_id", Kind.DATASET, source, follows="address parameter")
    for name in ("dataset_id", "datasource", "datasourceKey"):
        yield Place(CHART, f"{path}.{name}", Kind.DATASET, "front end: URL_PARAMS")
    for name in ("dashboard_id", "dashboardId", "save_to_dashboard_id"):
        yield Place(CHART, f"{path}.{name}", BOARD, "front end: URL_PARAMS")
    yield Place(CHART, f"{path}.focused_chart", CHART, "front end: URL_PARAMS")


def _drawn_on_map(path: str) -> Iterator[Place]:
    """The chart that a Cartodiagram draws at each place: a copy of its settings, which the browser queries."""
    source = "front end: Cartodiagram, buildQuery"
    yield Place(CHART, f"{path}.id", CHART, source)
    yield Place(CHART, f"{path}.params.datasource", Kind.DATASET, source, follows="chart on a map")
    yield Place(CHART, f"{path}.params.slice_id", CHART, source)
    yield Place(CHART, f"{path}.params.dashboards", BOARD, source)
    yield Place(CHART, f"{path}.params.dashboardId", BOARD, source)
    yield Place(CHART, f"{path}.params.url_params.slice_id", CHART, source)


def _chart() -> Iterator[Place]:
    for settings in ("params", "query_context.form_data"):
        yield from _settings(settings)
        yield from _drawn_on_map(f"{settings}.selected_chart")
    for query in ("query_context", "query_context.queries.*"):
        yield _own_dataset(f"{query}.datasource", ".id")
        yield from _linked(f"{query}.url_params")
    yield Place(CHART, "query_context.queries.**.deck_slices", CHART, "front end: layers of an ad-hoc filter")
    yield Place(CHART, "query_context.**.visible_deckgl_layers", CHART, "front end: layers that are shown")
    yield _column("query_context")


def _distinct(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple({(place.document, place.path): place for place in places}.values())


ADDRESS = "url_params"
"""The key of what a chart was opened by, which its own templates can read."""

PLACES: tuple[Place, ...] = _distinct((*_dashboard(), *_chart()))


def _in_filters() -> Iterator[Place]:
    for place in PLACES:
        if place.follows in FILTER_LISTS.values():
            _, below = place.path.split(".*.", 1)
            yield replace(place, path=below)


IN_FILTERS: tuple[Place, ...] = _distinct(_in_filters())
"""Where a filter of any list names its datasets; the paths begin at the filter."""

JSON_TEXTS: tuple[tuple[Kind, str], ...] = tuple(
    (CHART, f"{settings}.selected_chart{within}")
    for settings in ("params", "query_context.form_data")
    for within in ("", ".params")
)
"""Places where a text contains JSON of Superset's own that refers to assets."""

JINJA: tuple[tuple[Kind, str, str], ...] = (
    (Kind.DATASET, "sql", "connectors/sqla/models.py: get_rendered_sql"),
    (Kind.DATASET, "template_params.**", "connectors/sqla/models.py: template_params_dict"),
    (Kind.DATASET, "fetch_values_predicate", "models/helpers.py: get_fetch_values_predicate"),
    (Kind.DATASET, "columns.*.expression", "connectors/sqla/models.py: TableColumn.get_sqla_col"),
    (Kind.DATASET, "metrics.*.expression", "connectors/sqla/models.py: SqlMetric.get_sqla_col"),
    (Kind.CHART, "params.**", "models/helpers.py: adhoc expressions, where, having"),
    (Kind.CHART, "query_context.**", "models/helpers.py: adhoc expressions, where, having"),
    (Kind.DASHBOARD, f"metadata.{NATIVE_FILTERS}.**", "models/helpers.py: adhoc filters of a native filter"),
    (Kind.DASHBOARD, f"metadata.{CUSTOMIZATIONS}.**", "models/helpers.py: adhoc filters"),
)
"""Texts that Superset renders as Jinja templates when it asks the database."""

NOT_JINJA: tuple[tuple[Kind, str, str], ...] = (
    (Kind.CHART, "params.handlebarsTemplate", "Handlebars, which the browser renders"),
    (Kind.CHART, "params.styleTemplate", "CSS, which the browser renders"),
    (Kind.CHART, "params.tooltip_template", "Handlebars, which the browser renders (deck.gl)"),
    (Kind.CHART, "query_context.form_data.handlebarsTemplate", "Handlebars, which the browser renders"),
    (Kind.CHART, "query_context.form_data.styleTemplate", "CSS, which the browser renders"),
    (Kind.CHART, "query_context.form_data.tooltip_template", "Handlebars, which the browser renders (deck.gl)"),
)

VALUES = frozenset({"comparator", "val", "filterState"})
"""Their content is data values that a filter selects: a value that looks like a link is not one."""
