"""Two stand-ins for Superset with something to tell: prod is what dev was a while ago."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from typing import Any

from apps.superset.tests.superset_server import SupersetServer

WAREHOUSE = {"id": 1, "uuid": "11111111-1111-1111-1111-111111111111", "database_name": "warehouse", "backend": "sqlite"}
EXAMPLES = "a2dc77af-e654-49bb-b321-40f6b559a1ee"
NOT_ON_PROD = ("Featured_Charts_8", "Slack_Dashboard_7", "deck.gl_Demo_9", "Total_Revenue_8")
OWNERS = (("Ada", "Lovelace"), ("Grace", "Hopper"), ("Mary", "Shelley"))
TAGS = (("sales",), ("survey", "public"), (), ("growth",))
TOP_SELLERS = """SELECT genre,
       platform,
       sum(global_sales) AS sales
FROM video_game_sales
WHERE year >= {year}
GROUP BY genre, platform
ORDER BY sales DESC{limit}
"""
EDITS: dict[str, tuple[tuple[str, str], ...]] = {
    "charts/Quarterly_Sales_6": (("show_legend: true", "show_legend: false"), ("row_limit: 10000", "row_limit: 1000")),
    "charts/Items_Sold_7": (
        ("y_axis_format: SMART_NUMBER", "y_axis_format: .2f"),
        ("aggregate: SUM", "aggregate: AVG"),
    ),
    "charts/Boys_58": (("row_limit: 50", "row_limit: 20"),),
    "charts/Trends_55": (("viz_type: echarts_timeseries_line", "viz_type: echarts_timeseries_smooth"),),
    "charts/Games_15": (("page_length: 0", "page_length: 50"),),
    "dashboards/Sales_Dashboard_1": (("height: 25", "height: 38"), ("width: 2\n", "width: 3\n")),
    "dashboards/USA_Births_Names_6": (("published: true", "published: false"),),
    "datasets/examples/birth_names_17": (("expression: SUM(num)", "expression: SUM(num_boys)"),),
}
"""What prod has where dev has the first text, by the start of the file's name."""


def dev() -> SupersetServer:
    server = SupersetServer()
    server.rows = _rows(server.rows, range(100))
    server.bundle = _rewritten(server.bundle, _on_dev)
    return server


def prod() -> SupersetServer:
    server = SupersetServer()
    gone = _uuids(server.bundle, NOT_ON_PROD)
    server.bundle = _rewritten(server.bundle, _on_prod)
    kept = {kind: [row for row in rows if row["uuid"] not in gone] for kind, rows in server.rows.items()}
    server.rows = _rows(kept, range(300, 400)) | {"database": [WAREHOUSE]}
    for row in server.rows["dataset"]:
        row["database"] = {"id": 1, "uuid": WAREHOUSE["uuid"]}
    return server


def _rows(rows: dict[str, list[dict[str, Any]]], ages: Iterable[int]) -> dict[str, list[dict[str, Any]]]:
    """With owners, tags and times of change, which the recorded examples lack."""
    for kind in ("dashboard", "chart", "dataset"):
        for place, (row, age) in enumerate(zip(rows[kind], [*ages, *ages], strict=False)):
            first, last = OWNERS[place % len(OWNERS)]
            row["owners"] = [{"id": place % len(OWNERS) + 1, "first_name": first, "last_name": last}]
            row["changed_on_utc"] = (
                f"2026-{11 - age // 28 % 11:02}-{28 - age % 28:02}T08:{place % 60:02}:00.000000+0000"
            )
            if kind != "dataset":
                row["tags"] = [{"id": len(name), "name": name, "type": 1} for name in TAGS[place % len(TAGS)]]
    return rows


def _on_dev(name: str, text: str) -> str | None:
    if "datasets/examples/video_game_sales" in name:
        return text.replace("sql: null", _sql(1996, "\nLIMIT 500"))
    return text


def _on_prod(name: str, text: str) -> str | None:
    if any(each in name for each in NOT_ON_PROD):
        return None
    if "databases/examples" in name:
        text = text.replace("database_name: examples", "database_name: warehouse")
    if "datasets/examples/video_game_sales" in name:
        text = text.replace("sql: null", _sql(2000, ""))
    for start, edits in EDITS.items():
        if start in name:
            for before, after in edits:
                text = text.replace(before, after, 1)
    return text.replace(EXAMPLES, str(WAREHOUSE["uuid"]))


def _sql(year: int, limit: str) -> str:
    lines = TOP_SELLERS.format(year=year, limit=limit).splitlines()
    return "\n".join(["sql: |", *(f"  {line}" for line in lines)])


def _rewritten(bundle: bytes, edit: Any) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            text = edit(name, old.read(name).decode())
            if text is not None:
                new.writestr(name, text)
    return written.getvalue()


def _uuids(bundle: bytes, names: Iterable[str]) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as files:
        texts = [files.read(name).decode() for name in files.namelist() if any(each in name for each in names)]
    return {found[1] for text in texts if (found := re.search(r"^uuid: (\S+)$", text, re.MULTILINE))}
