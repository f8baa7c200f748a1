"""Small documents in symbolic form, and ZIPs of them: each with what the importer needs and nothing else."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from apps.superset.assets import Asset, Key, Kind
from apps.superset.references.reference import Form, Ref
from apps.superset.texts.spans import Span

RECORDED = Path(__file__).parent / "recordings" / "6.1" / "all.zip"
METADATA = "version: 1.0.0\ntype: Dashboard\ntimestamp: '2026-01-01T00:00:00+00:00'\n"


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


DATABASE, DATASET, CHART, DASHBOARD = (uuid(number) for number in (1, 2, 3, 4))


def chart_ref(name: str, follows: str = "") -> Ref:
    return Ref(Key(Kind.CHART, name), follows=follows)


def dashboard_ref(name: str) -> Ref:
    return Ref(Key(Kind.DASHBOARD, name))


def dataset_ref(name: str, table: str = "") -> Ref:
    return Ref(Key(Kind.DATASET, name), Form.TABLE if table else Form.NUMBER, table)


def a_database(name: str = "examples", number: int = 1, **fields: Any) -> Asset:
    document = {"database_name": name, "sqlalchemy_uri": "sqlite://", "uuid": uuid(number), "version": "1.0.0"}
    return Asset(Key(Kind.DATABASE, uuid(number)), name, {**document, **fields})


def a_column(name: str, **fields: Any) -> dict[str, Any]:
    return {"column_name": name, "is_active": True, "type": "VARCHAR", "expression": None, **fields}


def a_metric(name: str, expression: str, **fields: Any) -> dict[str, Any]:
    return {"metric_name": name, "expression": expression, "d3format": None, **fields}


def a_dataset(name: str = "sales", number: int = 2, **fields: Any) -> Asset:
    document = {
        "table_name": name,
        "schema": "main",
        "sql": None,
        "uuid": uuid(number),
        "metrics": [a_metric("count", "COUNT(*)")],
        "columns": [a_column("country"), a_column("amount", type="BIGINT")],
        "version": "1.0.0",
        "database_uuid": DATABASE,
    }
    return Asset(Key(Kind.DATASET, uuid(number)), name, {**document, **fields})


def a_chart(name: str = "Revenue", number: int = 3, *, params: Mapping[str, Any] | None = None, **fields: Any) -> Asset:
    document = {
        "slice_name": name,
        "viz_type": "table",
        "params": {
            "viz_type": "table",
            "metrics": ["count"],
            **(params or {}),
        },
        "query_context": None,
        "uuid": uuid(number),
        "version": "1.0.0",
        "dataset_uuid": DATASET,
    }
    return Asset(Key(Kind.CHART, uuid(number)), name, {**document, **fields})


def a_filter(name: str = "Region", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{name}",
        "name": name,
        "filterType": "filter_select",
        "targets": [{"column": {"name": "country"}, "datasetUuid": DATASET}],
        "defaultDataMask": {"filterState": {"value": ["EU"]}},
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
        **fields,
    }


def a_layout(*charts: str, row: str = "ROW-1") -> dict[str, Any]:
    """Root, grid, header, and one row with the charts of these UUIDs under the ids CHART-a, CHART-b …"""
    names = [f"CHART-{chr(ord('a') + number)}" for number in range(len(charts))]
    nodes = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": [row], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": "Sales"}},
        row: {"id": row, "type": "ROW", "children": names, "parents": ["ROOT_ID", "GRID_ID"], "meta": {}},
    }
    for name, chart in zip(names, charts, strict=True):
        nodes[name] = a_chart_node(name, chart, row)
    return nodes


def a_chart_node(name: str, chart: str, row: str = "ROW-1") -> dict[str, Any]:
    meta = {"uuid": chart, "sliceName": f"Chart {name[-1]}", "width": 4, "height": 50}
    parents = ["ROOT_ID", "GRID_ID", row]
    return {"id": name, "type": "CHART", "children": [], "parents": parents, "meta": meta}


def a_dashboard(
    title: str = "Sales", number: int = 4, *, metadata: Mapping[str, Any] | None = None, **fields: Any
) -> Asset:
    document = {
        "dashboard_title": title,
        "slug": None,
        "published": True,
        "css": "",
        "uuid": uuid(number),
        "position": a_layout(CHART),
        "metadata": {"native_filter_configuration": [a_filter()], **(metadata or {})},
        "version": "1.0.0",
    }
    return Asset(Key(Kind.DASHBOARD, uuid(number)), title, {**document, **fields})


def a_zip(files: Mapping[str, str | bytes], *, root: str = "export/", metadata: str | None = METADATA) -> bytes:
    """A ZIP of these files below a root folder, with a metadata.yaml unless that is None."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        if metadata is not None:
            archive.writestr(f"{root}metadata.yaml", metadata)
        for name, content in files.items():
            archive.writestr(f"{root}{name}", content)
    return buffer.getvalue()


def splice(text: str, replacements: Mapping[Span, str]) -> str:
    """The text with each span replaced; everything around stays as it is."""
    pieces, position = [], 0
    for span, value in sorted(replacements.items(), key=lambda pair: pair[0].start):
        pieces += [text[position : span.start], value]
        position = span.end
    return "".join([*pieces, text[position:]])
