"""Where and how the documents of Superset name an asset by number: an independent table for the real-server tests.

Written from documents of Superset, not from the table of the engine: only its coverage is compared with that.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
Write = Callable[[int], Any]
JSON = "(JSON)"
"""Marks a text that holds JSON."""
NUMBER = "(number)"
"""Marks a key that is the number of the named asset."""

SHAPES: Mapping[str, Write] = {
    "number": lambda number: number,
    "text": str,
    "choice": lambda number: {"value": number, "label": "x"},
    "list": lambda number: [number],
    "texts": lambda number: [str(number)],
    "choices": lambda number: [{"value": number, "label": "x"}],
}
SPECIAL: Mapping[str, Write] = {
    "chart": lambda number: [f"chart-{number}-layer-0"],
    "dataset": lambda number: f"{number}__table",
    "dashboard": lambda number: number,
}


@dataclass(frozen=True)
class Case:
    """One place of a document, and the value there for the number of an asset."""

    owner: str
    path: Path
    names: str
    write: Write
    warned: str = ""
    """Text of the warning, where the reference stays unchanged or is left out."""
    key: bool = False
    """Whether the number is the last key of the path."""
    sent: Write | None = None
    """How the value arrives, where the importer of Superset accepts only numbers."""

    def __str__(self) -> str:
        return f"{self.owner}: {'.'.join(map(str, self.path))}"


# --- the source

KINDS = {"dashboard": ("board", "texts", "elsewhere", "absent"), "dataset": ("own", "other", "macro")}
CHARTS = tuple(f"in {shape}" for shape in (*SHAPES, "special"))
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names} | dict.fromkeys((*CHARTS, "layer"), "chart")
ABSENT = ("absent",)


def chart_cases(owner: str, shape: str) -> Iterator[Case]:
    """Every place of a chart in one shape."""
    for path, names in _chart_places():
        kind = KIND_OF.get(names, "chart")
        own = names in ("self", "own")
        write = SPECIAL[kind] if shape == "special" else SHAPES[shape]
        if own and shape not in ("number", "text"):
            write = SHAPES["number"]
        set_by_importer = path[0] == "query_context" and path[-2:] == ("datasource", "id")
        sent = SHAPES["number"] if set_by_importer else None
        yield Case(owner, path, owner if names == "self" else names, write, sent=sent)


def _chart_places() -> Iterator[tuple[Path, str]]:
    for settings in (("params",), ("query_context", "form_data")):
        for name in ("slice_id", "chart_id"):
            yield (*settings, name), "self"
        for name in ("dashboards", "dashboardId", "dashboard_id"):
            yield (*settings, name), "elsewhere"
        yield (*settings, "datasource_id"), "own"
        yield (*settings, "parent_slice_id"), "layer"
        for deep in ((), ("adhoc_filters", 0), ("extra_form_data", "x")):
            for name in ("deck_slices", "visible_deckgl_layers"):
                yield (*settings, *deep, name), "layer"
        yield from _address((*settings, "url_params"))
        drawn = (*settings, "selected_chart", JSON)
        yield (*drawn, "id"), "layer"
        yield (*drawn, "params", JSON, "datasource"), "other"
        yield (*drawn, "params", JSON, "slice_id"), "layer"
        yield (*drawn, "params", JSON, "dashboards"), "elsewhere"
        yield (*drawn, "params", JSON, "dashboardId"), "elsewhere"
        yield (*drawn, "params", JSON, "url_params", "slice_id"), "layer"
    for query in (("query_context",), ("query_context", "queries", 0)):
        yield (*query, "datasource", "id"), "own"
        yield from _address((*query, "url_params"))
    yield ("query_context", "queries", 0, "filters", 0, "deck_slices"), "layer"
    yield ("query_context", "queries", 0, "filters", 0, "visible_deckgl_layers"), "layer"


def _address(path: Path) -> Iterator[tuple[Path, str]]:
    yield (*path, "slice_id"), "self" if path[0] == "params" else "layer"
    for name in ("datasource_id", "dataset_id", "datasource", "datasourceKey"):
        yield (*path, name), "other"
    for name in ("dashboard_id", "dashboardId", "save_to_dashboard_id"):
        yield (*path, name), "elsewhere"
    yield (*path, "focused_chart"), "layer"


def more_of_charts() -> Iterator[Case]:
    """Places with a single shape."""
    owner = "in number"
    for settings in (("params",), ("query_context", "form_data")):
        yield Case(owner, (*settings, "datasource"), "own", SPECIAL["dataset"])
        yield Case(owner, (*settings, "metrics", 0, "column"), "column", column)
    yield Case(owner, ("query_context", "queries", 0, "metrics", 0, "column"), "column", column)


def column(number: int) -> dict[str, Any]:
    return {"id": number, "column_name": "count"}


def dashboard_cases() -> Iterator[Case]:
    """Every place of a dashboard: lists as numbers and, on a second dashboard, as texts."""
    for owner, one, several in (
        ("board", SHAPES["number"], SHAPES["list"]),
        ("texts", SHAPES["text"], SHAPES["texts"]),
    ):
        data = ("json_metadata",)
        yield Case(owner, (*data, "timed_refresh_immune_slices"), "layer", several, sent=SHAPES["list"])
        yield Case(owner, (*data, "filter_immune_slices"), "layer", several)
        for name in ("expanded_slices", "filter_immune_slice_fields"):
            yield Case(owner, (*data, name), "layer", lambda _: True, key=True)
        yield from scoped(owner, (*data, "global_chart_configuration"), several, layers=True)
        for place, (shape, write) in enumerate(SHAPES.items()):
            if shape in ("number", "text"):
                target = (*data, "native_filter_configuration", place, "targets", 0, "datasetId")
                yield Case(owner, target, "other", write, sent=SHAPES["number"])
            for path in ((*data, "native_filter_configuration", place), (*data, "chart_customization_config", place)):
                yield from scoped(owner, path, several, layers=True)
                for deep in (("defaultDataMask",), ("controlValues", "x")):
                    for name in ("deck_slices", "visible_deckgl_layers"):
                        yield Case(owner, (*path, *deep, name), "layer", write)
            custom = (*data, "chart_customization_config", place)
            yield Case(owner, (*custom, "targets", 0, "datasetId"), "other", write)
            yield Case(owner, (*custom, "customization", "dataset"), "other", write)
            yield Case(owner, (*custom, "chartId"), "layer", write)
            inside = ("id",) if place % 2 else ()
            yield Case(owner, (*custom, "customization", "datasetInfo", *inside), "other", one)


def scoped(owner: str, path: Path, several: Write, *, layers: bool = False) -> Iterator[Case]:
    sent = None if "chart_customization_config" in path else SHAPES["list"]
    yield Case(owner, (*path, "scope", "excluded"), "layer", several, sent=sent)
    yield Case(owner, (*path, "chartsInScope"), "layer", several)
    if layers:
        yield Case(owner, (*path, "scope", "selectedLayers"), "layer", SPECIAL["chart"])


def keyed(owner: str) -> Iterator[Case]:
    """Places below a key that is itself the number of a chart."""
    path = ("json_metadata", "chart_configuration", NUMBER)
    yield Case(owner, (*path, "id"), "layer", SHAPES["number"])
    yield from scoped(owner, (*path, "crossFilters"), SHAPES["list"], layers=True)


REMOVED = (Case("board", ("json_metadata", "filter_scopes", NUMBER, "x", "immune"), "layer", SHAPES["list"]),)
"""Removed by the import and the editor of Superset: the filter boxes that used it no longer exist."""


MACROS = (
    "{{ dataset(%d) }}",
    "{{ dataset(dataset_id=%d) }}",
    "{{ dataset('%d', include_metrics=true) }}",
    "{%% set s = %d %%}{{ dataset(s) }}",
    "{{ metric('count', %d) }}",
    "{%% if true %%}{{ metric('count', dataset_id=%d) }}{%% endif %%}",
)
LINKS = (
    ("elsewhere", "[a](/superset/dashboard/%d/?standalone=1#x)"),
    ("elsewhere", '<a href="../superset/dashboard/%d?x=1">b</a>'),
    ("elsewhere", "/dashboard/%d/embedded"),
    ("layer", "[c](/superset/slice/%d/)"),
    ("layer", '<iframe src="/explore/?slice_id=%d&amp;standalone=1">'),
    ("layer", "[d](/explore/?form_data=%%7B%%22slice_id%%22%%3A%d%%7D)"),
    ("other", "[e](/explore/?datasource=%d__table)"),
    ("other", "[f](/explore/?datasource_type=table&datasource_id=%d)"),
    ("layer", "[g](/superset/dashboard/x/?focused_chart=%d)"),
    ("other", "[h](/superset/explore/table/%d/)"),
    ("other", "[i](/dataset/%d)"),
    ("other", "[j](/sqllab?datasourceKey=%d__table)"),
    ("layer", "[k](/api/v1/chart/%d/data/)"),
    ("elsewhere", "[l](/api/v1/dashboard/%d)"),
    ("other", "[m](/api/v1/dataset/%d)"),
    ("layer", ".dashboard-chart-id-%d { color: red }"),
    ("layer", "#chart-id-%d, .slice_7 { color: red }"),
)
TEXTS: tuple[tuple[str, Path], ...] = (
    ("board", ("css",)),
    ("board", ("position_json", "MARKDOWN-a", "meta", "code")),
    ("board", ("json_metadata", "native_filter_configuration", 0, "description")),
    ("in number", ("description",)),
    ("in number", ("params", "handlebarsTemplate")),
    ("in number", ("params", "markdown")),
    ("in number", ("query_context", "form_data", "markdown")),
    ("own", ("description",)),
    ("own", ("columns", 0, "description")),
    ("own", ("metrics", 0, "warning_text")),
)
"""A text with all links, one per line."""
RENDERED: tuple[tuple[str, Path], ...] = (
    ("own", ("sql",)),
    ("own", ("fetch_values_predicate",)),
    ("own", ("columns", 0, "expression")),
    ("own", ("metrics", 0, "expression")),
    ("in number", ("params", "adhoc_filters", 1, "sqlExpression")),
    ("in number", ("params", "metrics", 1, "sqlExpression")),
    ("in number", ("query_context", "queries", 0, "extras", "where")),
    ("board", ("json_metadata", "native_filter_configuration", 0, "adhoc_filters", 0, "sqlExpression")),
    ("board", ("json_metadata", "chart_customization_config", 0, "adhoc_filters", 0, "sqlExpression")),
)
"""A text with all macros, one per line."""


@dataclass(frozen=True)
class Line:
    """One line of a text that names an asset by number."""

    owner: str
    path: Path
    place: int
    names: str
    template: str
    warned: str = ""

    def __str__(self) -> str:
        return f"{self.owner}: {'.'.join(map(str, self.path))}: {self.template}"


def lines() -> Iterator[Line]:
    for owner, path in TEXTS:
        yield from (Line(owner, path, place, *each) for place, each in enumerate(LINKS))
    for owner, path in RENDERED:
        yield from (Line(owner, path, place, "macro", text) for place, text in enumerate(MACROS))


WARNED_LINES = (
    Line("elsewhere", ("css",), 0, "absent", "[a](/superset/dashboard/%d/)", warned="dashboard/"),
    Line("elsewhere", ("css",), 1, "board", "[b](http://%%s/superset/dashboard/%d/)", warned="/superset/dashboard/{}"),
    Line("elsewhere", ("css",), 2, "absent", "[c](/superset/dashboard/p/key%d/)", warned="/superset/dashboard/p/key{}"),
    Line("elsewhere", ("css",), 3, "layer", "[d](/explore/?form_data_key=key%d)", warned="form_data_key=key{}"),
    Line(
        "other",
        ("sql",),
        0,
        "layer",
        "{%% if current_user_id() == %d %%}1{%% endif %%}",
        warned="current_user_id() == {}",
    ),
    Line("other", ("sql",), 1, "layer", "{{ dataset(%d + url_param('x')) }}", warned="dataset({} + url_param"),
)
"""Lines that stay unchanged, with the text that the warning quotes."""

NOTHING = 987_654
"""Numbers that exist on neither server."""
WARNED = (
    Case(
        "elsewhere", ("json_metadata", "expanded_slices"), "nothing", lambda _: True, warned="expanded_slices", key=True
    ),
    Case(
        "elsewhere", ("json_metadata", "timed_refresh_immune_slices"), "nothing", SHAPES["list"], warned="timed_refresh"
    ),
    Case("layer", ("params", "deck_slices"), "nothing", SHAPES["list"], warned="params.deck_slices"),
    Case("layer", ("params", "parent_slice_id"), "nothing", SHAPES["text"], warned="params.parent_slice_id"),
)
"""References that are left out with a warning."""

LEFT_OUT = (Case("layer", ("params", "dashboards"), "absent", SHAPES["list"]),)
"""Where a chart was shown before: left out without a warning if that does not travel."""

FRIENDS = (
    Case("board", ("json_metadata", "label_colors"), "layer", lambda _: "#123456", key=True),
    Case("board", ("json_metadata", "native_filter_configuration", 0, "layerFilterScope"), "layer", SHAPES["list"]),
    Case(
        "board",
        ("json_metadata", "native_filter_configuration", 0, "x", "filterState", "value"),
        "layer",
        SHAPES["list"],
    ),
    Case("board", ("json_metadata", "refresh_frequency"), "layer", SHAPES["number"]),
    Case("board", ("position_json", "ROW-a", "meta", "0"), "layer", SHAPES["text"]),
    Case("board", ("position_json", "MARKDOWN-a", "meta", "width"), "layer", SHAPES["number"]),
    Case("in number", ("params", "row_limit"), "layer", SHAPES["number"]),
    Case("in number", ("params", "root_node_id"), "layer", SHAPES["text"]),
    Case("in number", ("params", "adhoc_filters", 0, "comparator"), "layer", SHAPES["list"]),
    Case("in number", ("params", "adhoc_filters", 0, "layerFilterScope"), "layer", SHAPES["list"]),
    Case(
        "in number",
        ("params", "annotation_layers", 0),
        "layer",
        lambda number: {"annotationType": "FORMULA", "name": "f", "value": str(number)},
    ),
    Case("in number", ("query_context", "queries", 0, "row_limit"), "layer", SHAPES["number"]),
    Case("in number", ("params", "note"), "own", lambda number: f"dataset({number})"),
    Case("in number", ("params", "typed"), "own", lambda number: f"{number}__tables chart-{number}-layer-0"),
    Case("in text", ("description",), "layer", lambda number: f"dataset({number}) and {number}, #{number}"),
    Case("texts", ("css",), "layer", lambda number: f"@chart/{uuid.UUID(int=number)} .x-{number} {{ }}"),
    Case("in choice", ("description",), "layer", lambda number: f"https://elsewhere.example/x/{number}/"),
    Case("texts", ("json_metadata", "native_filter_configuration", 0, "name"), "layer", lambda _: "@self"),
    Case("macro", ("sql",), "own", lambda number: f"select 1 as n {{# dataset({number}) #}} where 1 < {number}"),
    Case("macro", ("description",), "own", lambda number: f"{{{{ dataset({number}) }}}}"),
)
"""Values that only look like references."""

CASES: tuple[Case, ...] = (
    *(case for name, shape in zip(CHARTS, (*SHAPES, "special"), strict=True) for case in chart_cases(name, shape)),
    *more_of_charts(),
    *(Case("own", ("template_params", JSON, f"p{place}"), "macro", text.__mod__) for place, text in enumerate(MACROS)),
    *dashboard_cases(),
    *keyed("board"),
)
