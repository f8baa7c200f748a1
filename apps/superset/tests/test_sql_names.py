from __future__ import annotations

import time

import pytest

from apps.superset.texts.sql_names import named_schemas


@pytest.mark.parametrize(
    ("sql", "schemas"),
    [
        ("SELECT * FROM raw.orders", {("", "raw")}),
        ('select * from "Raw Data" . "orders" o join stage.lines l on o.id = l.id', {("", "Raw Data"), ("", "stage")}),
        ("SELECT * FROM a.x AS p, b.y q, c.z", {("", "a"), ("", "b"), ("", "c")}),
        ("SELECT * FROM lake.raw.orders", {("lake", "raw")}),
        ("SELECT * FROM `project.raw.orders`", {("project", "raw")}),
        ("SELECT * FROM [dbo].[orders]", {("", "dbo")}),
        ("WITH o AS (SELECT * FROM raw.orders) SELECT * FROM o", {("", "raw")}),
        ("SELECT * FROM (SELECT * FROM raw.orders) AS inner_orders", {("", "raw")}),
        ("SELECT 1 FROM orders -- FROM raw.orders", set()),
        ("SELECT 'don''t FROM raw.orders' FROM orders /* JOIN x.y */", set()),
        ("SELECT EXTRACT(year FROM o.day), TRIM(BOTH ' ' FROM o.name) FROM orders o", set()),
        ("SELECT a IS DISTINCT FROM o.b FROM orders o", set()),
        ("SELECT * FROM orders o, o.items, UNNEST(o.lines) x", set()),
        ("SELECT * FROM tools.series(1, 2) s", set()),
        ("SELECT * FROM {{ schema }}.orders JOIN {% if x %}raw.a{% endif %}", {("", "raw")}),
        ("SELECT * FROM orders WHERE a.b = 1", set()),
        ("", set()),
    ],
)
def test_the_schemas_after_from_and_join(sql, schemas):
    assert named_schemas(sql) == schemas


LONG = ["from " * 60_000, "{{ " * 60_000, "{% " * 60_000, "{# " * 60_000, "/* " * 60_000, "a" * 100_000, "[" * 100_000]


@pytest.mark.parametrize("sql", LONG, ids=lambda sql: sql[:3])
def test_however_the_sql_is_made_it_is_read_within_seconds(sql: str) -> None:
    start = time.process_time()
    assert named_schemas(f"select * from a.b {sql}") >= {("", "a")}
    assert time.process_time() - start < 6
