"""Every place where Superset names something by a number, in every way of writing it, judged by a reader of its own.

The source's documents are stored as they are, in its database; on the target every number that they use is that of
something else. After the migration the target is read by plain REST, and each place by its path: `translated` to the
number of what it named, `told` by a warning of the plan, `missed` (as the source wrote it, and not a word), or
`wrong`. What only looks like a reference must be `kept`.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from project.tests.real.world import EXAMPLES, EXAMPLES_UUID, World
from rig.instances import Instance
from rig.pair import WAREHOUSE, WAREHOUSE_UUID
from rig.rest import Superset

TABLES = {"dashboard": "dashboards", "chart": "slices", "dataset": "tables"}
APART = 7000
"""New assets of the target are numbered from here on."""

Path_ = tuple[str | int, ...]
Write = Callable[[int], Any]

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
    """One place of a document: what stands there for the number of what it names."""

    owner: str
    path: Path_
    names: str
    write: Write
    told: str = ""
    """What the warning says that tells of it, where it stays as it is or is left out."""
    key: bool = False
    """The number is the last name of the path."""
    sent: Write | None = None
    """How it arrives, where Superset's importer takes numbers alone."""

    def __str__(self) -> str:
        return f"{self.owner}: {'.'.join(map(str, self.path))}"

    def put(self, document: dict[str, Any], number: int) -> None:
        if self.key:
            _put(document, (*self.path, str(number)), self.write(number))
        else:
            _put(document, self.path, self.write(number))


@dataclass
class Side:
    """One server: its numbers by the name of an asset, and its database for what no request can store."""

    instance: Instance
    rest: Superset
    connection: int
    numbers: dict[str, int] = field(default_factory=dict)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.instance.database)) as database, database:
            return database.execute(statement, values).fetchall()


# --- what the source holds

KINDS = {"dashboard": ("board", "texts", "elsewhere", "absent"), "dataset": ("own", "other", "macro")}
CHARTS = tuple(f"in {shape}" for shape in (*SHAPES, "special"))
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names} | dict.fromkeys((*CHARTS, "layer"), "chart")
ABSENT = ("absent",)


def chart_cases(owner: str, shape: str) -> Iterator[Case]:
    """Every place of a chart, in one shape."""
    for path, names in _chart_places():
        kind = KIND_OF.get(names, "chart")
        own = names in ("self", "own")
        write = SPECIAL[kind] if shape == "special" else SHAPES[shape]
        if own and shape not in ("number", "text"):
            write = SHAPES["number"]
        set_by_importer = path[0] == "query_context" and path[-2:] == ("datasource", "id")
        sent = SHAPES["number"] if set_by_importer else None
        yield Case(owner, path, owner if names == "self" else names, write, sent=sent)


def _chart_places() -> Iterator[tuple[Path_, str]]:
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


def _address(path: Path_) -> Iterator[tuple[Path_, str]]:
    yield (*path, "slice_id"), "self"
    for name in ("datasource_id", "dataset_id", "datasource", "datasourceKey"):
        yield (*path, name), "other"
    for name in ("dashboard_id", "dashboardId", "save_to_dashboard_id"):
        yield (*path, name), "elsewhere"
    yield (*path, "focused_chart"), "layer"


def more_of_charts() -> Iterator[Case]:
    """Places that have one shape."""
    owner = "in number"
    for settings in (("params",), ("query_context", "form_data")):
        yield Case(owner, (*settings, "datasource"), "own", SPECIAL["dataset"])
        yield Case(owner, (*settings, "metrics", 0, "column"), "column", column)
    yield Case(owner, ("query_context", "queries", 0, "metrics", 0, "column"), "column", column)


def column(number: int) -> dict[str, Any]:
    return {"id": number, "column_name": "count"}


def dashboard_cases() -> Iterator[Case]:
    """Every place of a dashboard: of what is a list in numbers and, on a second dashboard, in texts."""
    for owner, one, several in (
        ("board", SHAPES["number"], SHAPES["list"]),
        ("texts", SHAPES["text"], SHAPES["texts"]),
    ):
        data = ("json_metadata",)
        yield Case(owner, (*data, "timed_refresh_immune_slices"), "layer", several, sent=SHAPES["list"])
        yield Case(owner, (*data, "filter_immune_slices"), "layer", several)
        for name in ("expanded_slices", "filter_immune_slice_fields"):
            yield Case(owner, (*data, name), "layer", lambda _: True, key=True)
        yield from scoped(owner, (*data, "global_chart_configuration"), several)
        for place, (shape, write) in enumerate(SHAPES.items()):
            if shape in ("number", "text"):
                target = ("targets", 0, "datasetId")
                path = (*data, "native_filter_configuration", place, *target)
                yield Case(owner, path, "other", write, sent=SHAPES["number"])
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


def scoped(owner: str, path: Path_, several: Write, *, layers: bool = False) -> Iterator[Case]:
    sent = None if "chart_customization_config" in path else SHAPES["list"]
    yield Case(owner, (*path, "scope", "excluded"), "layer", several, sent=sent)
    yield Case(owner, (*path, "chartsInScope"), "layer", several)
    if layers:
        yield Case(owner, (*path, "scope", "selectedLayers"), "layer", SPECIAL["chart"])


def keyed(owner: str) -> Iterator[Case]:
    """Below a key that is itself the number of a chart."""
    path = ("json_metadata", "chart_configuration", NUMBER_OF_LAYER)
    yield Case(owner, (*path, "id"), "layer", SHAPES["number"])
    yield from scoped(owner, (*path, "crossFilters"), SHAPES["list"], layers=True)


JSON = "(JSON)"
"""Here a text holds JSON."""
NUMBER_OF_LAYER = "(number of layer)"

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
TEXTS: tuple[tuple[str, Path_], ...] = (
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
"""Where all links stand, one a line."""
RENDERED: tuple[tuple[str, Path_], ...] = (
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
"""Where all macros stand, one a line."""


@dataclass(frozen=True)
class Line:
    """One line of a text that names something by number."""

    owner: str
    path: Path_
    place: int
    names: str
    template: str
    told: str = ""

    def __str__(self) -> str:
        return f"{self.owner}: {'.'.join(map(str, self.path))}: {self.template}"


def lines() -> Iterator[Line]:
    for owner, path in TEXTS:
        yield from (Line(owner, path, place, *each) for place, each in enumerate(LINKS))
    for owner, path in RENDERED:
        yield from (Line(owner, path, place, "macro", text) for place, text in enumerate(MACROS))


TOLD_LINES = (
    Line("elsewhere", ("css",), 0, "absent", "[a](/superset/dashboard/%d/)", told="dashboard/"),
    Line("elsewhere", ("css",), 1, "board", "[b](http://%%s/superset/dashboard/%d/)", told="/superset/dashboard/{}"),
    Line("elsewhere", ("css",), 2, "absent", "[c](/superset/dashboard/p/key%d/)", told="/superset/dashboard/p/key{}"),
    Line("elsewhere", ("css",), 3, "layer", "[d](/explore/?form_data_key=key%d)", told="form_data_key=key{}"),
    Line(
        "other",
        ("sql",),
        0,
        "layer",
        "{%% if current_user_id() == %d %%}1{%% endif %%}",
        told="current_user_id() == {}",
    ),
    Line("other", ("sql",), 1, "layer", "{{ dataset(%d + url_param('x')) }}", told="dataset({} + url_param"),
)
"""What stays as it is, with what the warning quotes."""

NOTHING = 987_654
"""The number of nothing, on both."""
TOLD = (
    Case(
        "elsewhere", ("json_metadata", "expanded_slices"), "nothing", lambda _: True, told="expanded_slices", key=True
    ),
    Case(
        "elsewhere", ("json_metadata", "timed_refresh_immune_slices"), "nothing", SHAPES["list"], told="timed_refresh"
    ),
    Case("layer", ("params", "deck_slices"), "nothing", SHAPES["list"], told="params.deck_slices"),
    Case("layer", ("params", "parent_slice_id"), "nothing", SHAPES["text"], told="params.parent_slice_id"),
)
"""What is left out."""

LEFT_OUT = (Case("layer", ("params", "dashboards"), "absent", SHAPES["list"]),)
"""What a chart remembers of where it was shown: left out, and not told, where that does not travel."""

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
"""What only looks like a reference."""

CASES: tuple[Case, ...] = (
    *(case for name, shape in zip(CHARTS, (*SHAPES, "special"), strict=True) for case in chart_cases(name, shape)),
    *more_of_charts(),
    *(Case("own", ("template_params", JSON, f"p{place}"), "macro", text.__mod__) for place, text in enumerate(MACROS)),
    *dashboard_cases(),
    *keyed("board"),
)


# --- storing and reading


def _put(document: Any, path: Path_, value: Any) -> None:
    """Set what stands at a path, making what is on the way; below `JSON` it is kept as a mapping until it is stored."""
    for name, following in zip(path, path[1:], strict=False):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(name, int):
            while len(document) <= name:
                document.append(None)
            if document[name] is None:
                document[name] = empty
            document = document[name]
        else:
            document = document.setdefault(name, empty)
    last = path[-1]
    if isinstance(last, int):
        document += [None] * (last + 1 - len(document))
    if isinstance(last, str) or document[last] is None:
        document[last] = value
    else:
        document[last].update(value)


def _packed(value: Any) -> Any:
    """With texts for what is below `JSON`."""
    if isinstance(value, list):
        return [_packed(item) for item in value]
    if isinstance(value, Mapping):
        if JSON in value:
            return json.dumps(_packed(value[JSON]))
        return {name: _packed(item) for name, item in value.items()}
    return value


ABSENT_VALUE = object()


def _get(document: Any, path: Path_) -> Any:
    for name in path:
        if name == JSON:
            document = json.loads(document)
            continue
        try:
            document = document[name]
        except (KeyError, IndexError, TypeError):
            return ABSENT_VALUE
    return document


FIELDS = {
    "dashboard": ("css", "description", "position_json", "json_metadata"),
    "chart": ("description", "params", "query_context"),
    "dataset": ("sql", "description", "template_params", "fetch_values_predicate"),
}


def read(side: Side, name: str) -> dict[str, Any]:
    """What the server says that an asset holds, JSON read."""
    kind = KIND_OF[name]
    found = side.rest.one(kind, side.numbers[name])
    for each in ("position_json", "json_metadata", "params", "query_context"):
        if isinstance(found.get(each), str):
            found[each] = json.loads(found[each])
    for each in ("columns", "metrics"):
        if each in found:
            found[each] = [row for row in found[each] if row.get("column_name", row.get("metric_name")) == "count"]
    return found


def make(side: Side, prefix: str = "places") -> dict[str, str]:
    """The assets of the source without their documents; their UUIDs by name."""
    for name in KINDS["dataset"]:
        sql = "select 1 as count"
        fields = {"database": side.connection, "schema": "main", "table_name": f"{prefix} {name}", "sql": sql}
        side.numbers[name] = side.rest.create("dataset", fields)
    for name in (*CHARTS, "layer"):
        fields = {"slice_name": f"{prefix} {name}", "viz_type": "table", "datasource_type": "table"}
        side.numbers[name] = side.rest.create("chart", {**fields, "datasource_id": side.numbers["own"]})
    for name in KINDS["dashboard"]:
        side.numbers[name] = side.rest.create("dashboard", {"dashboard_title": f"{prefix} {name}"})
    (column,) = side.rest.one("dataset", side.numbers["own"])["columns"]
    side.numbers |= {"column": column["id"], "nothing": NOTHING}
    return {name: _uuid(side, name) for name in KIND_OF}


def _uuid(side: Side, name: str) -> str:
    kind = KIND_OF[name]
    (row,) = (row for row in side.rest.rows(kind, "id", "uuid") if row["id"] == side.numbers[name])
    return str(row["uuid"])


def documents(side: Side, uuids: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {name: {} for name in KIND_OF}
    for name in KINDS["dashboard"]:
        _lay_out(found[name], side, uuids if name in ("board", "texts") else {})
    for case in (*CASES, *TOLD, *LEFT_OUT, *FRIENDS):
        path = tuple(str(side.numbers["layer"]) if part == NUMBER_OF_LAYER else part for part in case.path)
        if case.key:
            path = (*path, str(side.numbers[case.names]))
        _put(found[case.owner], path, case.write(side.numbers[case.names]))
    texts: dict[tuple[str, Path_], list[str]] = {}
    for line in (*lines(), *TOLD_LINES):
        texts.setdefault((line.owner, line.path), []).append(_written(line, side, side))
    for (owner, path), rows in texts.items():
        _put(found[owner], path, "\n".join(rows))
    return found


def _written(line: Line, numbers: Side, host: Side) -> str:
    text = line.template % numbers.numbers[line.names]
    return text % host.rest.url.removeprefix("http://") if "%s" in text else text


def _lay_out(document: dict[str, Any], side: Side, uuids: Mapping[str, str]) -> None:
    charts = [name for name in (*CHARTS, "layer") if name in uuids]
    nodes: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": ["ROW-a"], "parents": ["ROOT_ID"]},
        "ROW-a": {"id": "ROW-a", "type": "ROW", "parents": ["ROOT_ID", "GRID_ID"], "meta": {}},
        "MARKDOWN-a": {"id": "MARKDOWN-a", "type": "MARKDOWN", "children": [], "meta": {"height": 50}},
    }
    nodes["ROW-a"]["children"] = ["MARKDOWN-a", *(f"CHART-{place}" for place in range(len(charts)))]
    for place, name in enumerate(charts):
        meta = {"chartId": side.numbers[name], "uuid": uuids[name], "width": 2, "height": 50, "sliceName": name}
        nodes[f"CHART-{place}"] = {"id": f"CHART-{place}", "type": "CHART", "children": [], "meta": meta}
    document["position_json"] = nodes
    document["json_metadata"] = {}


def store(side: Side, found: Mapping[str, Mapping[str, Any]]) -> None:
    """As they are: a request would tidy some of it."""
    for name, document in found.items():
        pk, kind = side.numbers[name], KIND_OF[name]
        fields = {each: _stored(document[each]) for each in FIELDS[kind] if each in document}
        for column, value in fields.items():
            side.sql(f"UPDATE {TABLES[kind]} SET {column} = ? WHERE id = ?", value, pk)
        for table, key in (("table_columns", "columns"), ("sql_metrics", "metrics")):
            for each in document.get(key, ()):
                for column, value in each.items():
                    side.sql(f"UPDATE {table} SET {column} = ? WHERE table_id = ?", value, pk)
        for chart in (*CHARTS, "layer") if name in ("board", "texts") else ():
            side.sql("INSERT INTO dashboard_slices (dashboard_id, slice_id) VALUES (?, ?)", pk, side.numbers[chart])


def _stored(value: Any) -> Any:
    packed = _packed(value)
    return packed if isinstance(packed, str) else json.dumps(packed)


def put_decoys(source: Side, target: Side) -> None:
    """Under every number that the source uses the target has something else, and it numbers from `APART` on."""
    for name, kind in KIND_OF.items():
        _clone(target, kind, source.numbers[name])
    for kind in TABLES:
        _clone(target, kind, APART)
    taken = target.sql("SELECT max(id) FROM table_columns")[0][0] or 0
    if taken < APART:
        copy = dict(zip(*_row(target, "table_columns", "id = (SELECT max(id) FROM table_columns)"), strict=True))
        _insert(target, "table_columns", {**copy, "id": APART, "uuid": uuid.uuid4().bytes, "column_name": "decoy"})


def _clone(target: Side, kind: str, number: int) -> None:
    table = TABLES[kind]
    if target.sql(f"SELECT 1 FROM {table} WHERE id = ?", number):
        return
    names, values = _row(target, table, f"id = (SELECT min(id) FROM {table})")
    unique = {"dashboards": {"slug": None, "dashboard_title": f"decoy {number}"}, "slices": {"slice_name": "decoy"}}
    row = dict(zip(names, values, strict=True)) | {"id": number, "uuid": uuid.uuid4().bytes}
    _insert(target, table, row | unique.get(table, {"table_name": f"decoy {number}"}))


def _row(side: Side, table: str, where: str) -> tuple[list[str], list[Any]]:
    with closing(sqlite3.connect(side.instance.database)) as database:
        cursor = database.execute(f"SELECT * FROM {table} WHERE {where}")
        return [each[0] for each in cursor.description], list(cursor.fetchone())


def _insert(side: Side, table: str, row: Mapping[str, Any]) -> None:
    marks = ",".join("?" * len(row))
    side.sql(f"INSERT INTO {table} ({','.join(row)}) VALUES ({marks})", *row.values())


# --- judging


@dataclass
class Judge:
    """Reads the target and nothing of ours but what the plan told."""

    source: Side
    target: Side
    warnings: list[str]
    held: dict[str, dict[str, Any]]
    verdicts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def case(self, case: Case, *, friend: bool = False) -> None:
        number = self.source.numbers[case.names]
        before = self._value(case, number, self.source)
        if friend or case.names in ("nothing", *ABSENT):
            after = before
        else:
            after = self._value(case, self.target.numbers[case.names], self.target)
        self._say(str(case), self._found(case, after, before), after, before, case.told, friend=friend)

    def _value(self, case: Case, number: int, side: Side) -> Any:
        if side is self.target and case.sent:
            return case.sent(number)
        return (str(number), case.write(number)) if case.key else case.write(number)

    def _found(self, case: Case, after: Any, before: Any) -> Any:
        path = tuple(str(self.target.numbers["layer"]) if part == NUMBER_OF_LAYER else part for part in case.path)
        held = _get(self.held[case.owner], path)
        if not case.key:
            return held
        for key, value in (after, before):
            if isinstance(held, Mapping) and key in held:
                return key, held[key]
        return ABSENT_VALUE

    def line(self, line: Line) -> None:
        text = _get(self.held[line.owner], line.path)
        rows = text.split("\n") if isinstance(text, str) else []
        found = rows[line.place] if line.place < len(rows) else ABSENT_VALUE
        before = _written(line, self.source, self.source)
        after = before if line.told else _written(line, self.target, self.source)
        told = line.told.format(self.source.numbers[line.names])
        self._say(str(line), found, after, before, told)

    def _say(self, name: str, found: Any, after: Any, before: Any, told: str, *, friend: bool = False) -> None:
        named = bool(told) and any(told in warning for warning in self.warnings)
        if friend:
            verdict = "kept" if found == before else "wrong"
        elif told:
            verdict = "told" if named and (found == before or found is ABSENT_VALUE or not found) else "missed"
        elif found == [] and any(name == str(each) for each in LEFT_OUT):
            verdict = "left out"
        elif found == after:
            verdict = "translated"
        else:
            verdict = "missed" if found == before or found is ABSENT_VALUE else "wrong"
        self.verdicts[verdict] += 1
        if verdict in ("missed", "wrong"):
            self.faults.append(f"{verdict}: {name}: {before!r} → {found!r}, not {after!r}")


def judge(source: Side, target: Side, warnings: list[str]) -> Judge:
    judge = Judge(source, target, warnings, {name: read(target, name) for name in KIND_OF if name not in ABSENT})
    for case in (*CASES, *TOLD, *LEFT_OUT):
        judge.case(case)
    for case in FRIENDS:
        judge.case(case, friend=True)
    for line in (*lines(), *TOLD_LINES):
        judge.line(line)
    for name in ("board", "texts"):
        for place, chart in enumerate((*CHARTS, "layer")):
            meta = judge.held[name]["position_json"][f"CHART-{place}"]["meta"]
            numbers = source.numbers[chart], target.numbers[chart]
            judge._say(f"{name}: layout of {chart}", meta["chartId"], numbers[1], numbers[0], "")
    return judge


def warnings_of(planned: Mapping[str, Any]) -> list[str]:
    return [f"{note['kind']} {asset}" for note in planned["plan"]["warnings"] for asset in note["assets"]]


def find_numbers(source: Side, target: Side, uuids: Mapping[str, str]) -> None:
    """What became of each on the target, by UUID."""
    for kind in TABLES:
        by_uuid = {row["uuid"]: row["id"] for row in target.rest.rows(kind, "id", "uuid")}
        for name, other in KIND_OF.items():
            if other == kind and name not in ABSENT:
                target.numbers[name] = by_uuid[uuids[name]]
                assert target.numbers[name] > APART
                assert target.numbers[name] != source.numbers[name]
    (column,) = target.rest.one("dataset", target.numbers["own"])["columns"]
    target.numbers |= {"column": column["id"]}


SIDES = {"dev": (EXAMPLES, EXAMPLES_UUID), "prod": (WAREHOUSE, WAREHOUSE_UUID)}


def side(world: World, name: str) -> Side:
    rest = {"dev": world.dev, "prod": world.prod}[name]
    (row,) = (row for row in rest.rows("database", "id", "uuid") if row["uuid"] == SIDES[name][1])
    return Side({"dev": world.pair.dev, "prod": world.pair.prod}[name], rest, row["id"])


def migrate(world: World, here: str, there: str) -> Judge:
    source, target = side(world, here), side(world, there)
    uuids = make(source)
    store(source, documents(source, uuids))
    if not target.sql("SELECT 1 FROM slices"):
        make(Side(target.instance, target.rest, target.connection), "decoy")
    put_decoys(source, target)
    dashboards = [uuids[name] for name in KINDS["dashboard"] if name not in ABSENT]
    mapping = f"{SIDES[here][0]}={SIDES[there][0]}"
    chosen = [word for name in dashboards for word in ("--dashboard", name)]
    words = ("migration", "plan", here, there, *chosen, "--map-database", mapping, "--format", "json")
    planned = world.run(*words, "--acknowledge", f"jinja:dataset/{uuids['other']}")
    assert planned.code == 2, planned
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    find_numbers(source, target, uuids)
    return judge(source, target, warnings_of(planned.document))


VERDICTS = {"translated": 0, "told": 0, "kept": 0}


@pytest.mark.parametrize(("here", "there"), [("dev", "prod"), ("prod", "dev")])
def test_every_number_names_there_what_it_named_here(world: World, here: str, there: str) -> None:
    found = migrate(world, here, there)
    print(f"{here} → {there}: {dict(found.verdicts)}")
    assert found.faults == []
    assert found.verdicts == VERDICTS
