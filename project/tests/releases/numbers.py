"""Numbers of the target beyond all of the source, so that none coincides."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from project.tests.real.world import find
from rig.check.releases import parsed
from rig.check.rest import Superset
from rig.servers.examples import move
from rig.servers.instances import Instance
from rig.servers.pair import WAREHOUSE

APART = 7000
"""Number of the first asset on the target."""

FIRST_WITH_THEMES = (6, 0)

TABLES = {
    "dashboard": "dashboards",
    "chart": "slices",
    "dataset": "tables",
    "column": "table_columns",
    "database": "dbs",
    "tag": "tag",
    "rule": "row_level_security_filters",
    "annotation layer": "annotation_layer",
    "CSS template": "css_templates",
    "saved query": "saved_query",
    "report": "report_schedule",
}
"""All that a server numbers, but for the accounts, roles and themes that it comes with."""


def set_apart(server: Instance) -> None:
    """One of each kind that other kinds refer to, with a number beyond all of the source: later ones follow it."""
    rest = Superset(server.url)
    database = find(rest, "database", database_name=WAREHOUSE)
    dataset = {"database": database, "schema": "main", "table_name": "apart", "sql": "select 1 as one"}
    _move(server, "dataset", rest.create("dataset", dataset))
    chart = {"slice_name": "Apart", "viz_type": "table", "datasource_type": "table", "datasource_id": APART}
    _move(server, "chart", rest.create("chart", chart))
    _move(server, "dashboard", rest.create("dashboard", {"dashboard_title": "Apart"}))
    server.save(server.fresh)


def set_further_apart(server: Instance) -> None:
    """Of the kinds that hang on others, and the connection itself."""
    rest = Superset(server.url)
    database = find(rest, "database", database_name=WAREHOUSE)
    for resource, fields in _further(database, parsed(server.release)):
        rest.post(f"{resource}/", fields)
    with closing(sqlite3.connect(server.database, timeout=30)) as metadata, metadata:
        for table in FURTHER:
            metadata.execute(f"UPDATE {table} SET id = id + ?", (APART,))
        for table, column in REFERENCES:
            metadata.execute(f"UPDATE {table} SET {column} = {column} + ?", (APART,))
        metadata.execute(
            "UPDATE ab_view_menu SET name = replace(name, ?, ?)", (f"].(id:{database})", f"].(id:{database + APART})")
        )


FURTHER = (
    "dbs",
    "tag",
    "row_level_security_filters",
    "annotation_layer",
    "css_templates",
    "saved_query",
    "report_schedule",
)
REFERENCES = (
    ("tables", "database_id"),
    ("saved_query", "db_id"),
    ("tagged_object", "tag_id"),
    ("rls_filter_tables", "rls_filter_id"),
    ("rls_filter_roles", "rls_filter_id"),
    ("report_recipient", "report_schedule_id"),
)


def _further(database: int, release: tuple[int, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "tag", {"name": "apart", "description": "", "objects_to_tag": [["dashboard", APART]]}
    yield "annotation_layer", {"name": "Apart", "descr": ""}
    yield "css_template", {"template_name": "Apart", "css": "a { color: red }"}
    yield "saved_query", {"db_id": database, "label": "Apart", "schema": "main", "sql": "select 1"}
    rule = {"name": "Apart", "filter_type": "Regular", "clause": "1 = 1", "tables": [APART], "roles": []}
    yield "rowlevelsecurity", rule
    if release >= FIRST_WITH_THEMES:
        for name in ("Apart", "Far apart", "Farther apart"):
            yield "theme", {"theme_name": name, "json_data": json.dumps({"token": {"colorPrimary": "#111111"}})}
    recipients = [{"type": "Email", "recipient_config_json": {"target": "a@example.org"}}]
    report = {"type": "Report", "name": "Apart", "crontab": "0 9 * * *", "creation_method": "dashboards"}
    yield "report", {**report, "report_format": "PNG", "recipients": recipients, "dashboard": APART}


def _move(server: Instance, kind: str, number: int) -> None:
    with closing(sqlite3.connect(server.database, timeout=30)) as database, database:
        move(database, kind, [(number, APART)])
        if kind == "dataset":
            database.execute("UPDATE table_columns SET id = id + ?", (APART,))


def coinciding(one: Instance, other: Instance) -> dict[str, set[int]]:
    """Numbers that both servers have, by kind."""
    both = {kind: _numbers(one, table) & _numbers(other, table) for kind, table in TABLES.items()}
    return {kind: numbers for kind, numbers in both.items() if numbers}


def _numbers(server: Instance, table: str) -> set[int]:
    with closing(sqlite3.connect(server.database, timeout=30)) as database:
        return {row[0] for row in database.execute(f"SELECT id FROM {table}")}
