"""Stores the documents of the reference cases on one server and decoys on the other, and reads them back."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from project.tests.real.reference_cases import (
    CASES,
    CHARTS,
    FRIENDS,
    JSON,
    KIND_OF,
    KINDS,
    LEFT_OUT,
    NOTHING,
    NUMBER,
    REMOVED,
    WARNED,
    WARNED_LINES,
    Line,
    Path,
    lines,
)
from rig.check.rest import Superset
from rig.servers.instances import Instance

TABLES = {"dashboard": "dashboards", "chart": "slices", "dataset": "tables"}
APART = 7000
"""First number of new assets on the target."""


@dataclass
class Side:
    """One server: numbers of assets by name, and the database for what no request can store."""

    instance: Instance
    rest: Superset
    connection: int
    numbers: dict[str, int] = field(default_factory=dict)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.instance.database)) as database, database:
            return database.execute(statement, values).fetchall()


def put(document: Any, path: Path, value: Any) -> None:
    """Set the value at a path and create its parents; below `JSON` it stays a mapping until it is stored."""
    for name, following in pairwise(path):
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
    """Encode the parts below `JSON` as text."""
    if isinstance(value, list):
        return [_packed(item) for item in value]
    if isinstance(value, Mapping):
        if JSON in value:
            return json.dumps(_packed(value[JSON]))
        return {name: _packed(item) for name, item in value.items()}
    return value


MISSING = object()


def at(path: Path, number: int) -> Path:
    return tuple(str(number) if name == NUMBER else name for name in path)


def get(document: Any, path: Path) -> Any:
    for name in path:
        if name == JSON:
            document = json.loads(document)
            continue
        try:
            document = document[name]
        except (KeyError, IndexError, TypeError):
            return MISSING
    return document


FIELDS = {
    "dashboard": ("css", "description", "position_json", "json_metadata"),
    "chart": ("description", "params", "query_context"),
    "dataset": ("sql", "description", "template_params", "fetch_values_predicate"),
}


def read(side: Side, name: str) -> dict[str, Any]:
    """An asset as the server returns it, with JSON texts decoded."""
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
    """Create the assets of the source without documents; their UUIDs by name."""
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
    for case in (*CASES, *REMOVED, *WARNED, *LEFT_OUT, *FRIENDS):
        number = side.numbers[case.names]
        path = (*case.path, NUMBER) if case.key else case.path
        put(found[case.owner], at(path, number), case.write(number))
    texts: dict[tuple[str, Path], list[str]] = {}
    for line in (*lines(), *WARNED_LINES):
        texts.setdefault((line.owner, line.path), []).append(written(line, side, side))
    for (owner, path), rows in texts.items():
        put(found[owner], path, "\n".join(rows))
    return found


def written(line: Line, numbers: Side, host: Side) -> str:
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
    """Store the documents by SQL, because a request would normalise them."""
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
    """Give the target other assets under every number of the source, and number new ones from `APART`."""
    for name, kind in KIND_OF.items():
        _clone(target, TABLES[kind], source.numbers[name])
    _clone(target, "table_columns", source.numbers["column"])
    for table in (*TABLES.values(), "table_columns"):
        _clone(target, table, APART)


NAMES = {
    "dashboards": "dashboard_title",
    "slices": "slice_name",
    "tables": "table_name",
    "table_columns": "column_name",
}


def _clone(target: Side, table: str, number: int) -> None:
    """Create another asset under this number, unless there is one."""
    if target.sql(f"SELECT 1 FROM {table} WHERE id = ?", number):
        return
    names, values = _row(target, table, f"id = (SELECT min(id) FROM {table})")
    row = dict(zip(names, values, strict=True))
    changed = {"id": number, "uuid": uuid.uuid4().bytes, NAMES[table]: f"decoy {number}"}
    _insert(target, table, row | changed | ({"slug": None} if "slug" in row else {}))


def _row(side: Side, table: str, where: str) -> tuple[list[str], list[Any]]:
    with closing(sqlite3.connect(side.instance.database)) as database:
        cursor = database.execute(f"SELECT * FROM {table} WHERE {where}")
        return [each[0] for each in cursor.description], list(cursor.fetchone())


def _insert(side: Side, table: str, row: Mapping[str, Any]) -> None:
    marks = ",".join("?" * len(row))
    side.sql(f"INSERT INTO {table} ({','.join(row)}) VALUES ({marks})", *row.values())
