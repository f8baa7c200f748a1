"""How the database finds what each GET request of the API asks for: tables that grow are not read from end to end.

A page of a list in the order of an index counts as found, whatever its filters: it ends with the page. PostgreSQL
prefers to read small tables whole, so it is told not to; where it then walks an index and filters, SQLite shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from project.tests.test_permissions import address
from project.tests.test_query_counts import COUNTS, SENT, fill, read

GROWING = (
    "audit_auditentry",
    "catalogue_catalogueasset",
    "migrations_decision",
    "migrations_plannedasset",
    "migrations_run",
    "migrations_write",
    "tasks_task",
    "tasks_taskline",
    "users_apitoken",
)
"""Tables with a row for each thing that was done, or each asset."""

ALL_OF_IT = ("audit-export", "search")
"""What is asked for all, and what looks for a part of a name."""


class Asked:
    """The statements of a request, and what the database says of how it would carry them out."""

    def __init__(self) -> None:
        self._statements: dict[str, Any] = {}

    def __call__(self, execute: Any, sql: str, params: Any, *others: Any) -> Any:
        if sql.startswith("SELECT"):
            self._statements[sql] = params
        return execute(sql, params, *others)

    def read_whole(self) -> Iterator[tuple[str, str]]:
        """Table and statement, where all rows of a growing table are looked at."""
        for sql, params in self._statements.items():
            steps = _steps(sql, params)
            sorted_first = any(SORTED[connection.vendor] in step for step in steps)
            if sql.startswith(LENGTH) or (PAGE.search(sql) and not sorted_first):  # stops at the end of the page
                continue
            for table in GROWING:
                names = "|".join({table, *re.findall(rf'"{table}" ([A-Z]\d+)\b', sql)})
                if any(re.search(WHOLE[connection.vendor].format(table=table, names=names), step) for step in steps):
                    yield table, sql


LENGTH = "SELECT COUNT(*)"
"""Of a list without filters: its pages are numbered."""

PAGE = re.compile(r"LIMIT \d+( OFFSET \d+)?$")
SORTED = {"sqlite": "USE TEMP B-TREE FOR ORDER BY", "postgresql": "Sort Key"}
"""Then all rows are read before the first of the page."""

WHOLE = {"sqlite": r"SCAN ({names})\b", "postgresql": r"Seq Scan on {table}\b"}
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


def _steps(sql: str, params: Any) -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(EXPLAIN[connection.vendor] + sql, params)
        return [str(row[-1]) for row in cursor.fetchall()]


@pytest.mark.parametrize("route", [route for route in COUNTS if route not in ALL_OF_IT])
def test_no_growing_table_is_read_from_end_to_end(route, world, api):
    fill(world)
    asked = Asked()
    with connection.execute_wrapper(asked):
        read(api.get(address(world, route), SENT.get(route)))
    assert list(asked.read_whole()) == []
