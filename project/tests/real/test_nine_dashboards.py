"""All nine of Superset's example dashboards, from one server to another."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from project.tests.real.world import World
from rig.check.checker import snapshot
from rig.check.rest import Superset


def test_all_nine_dashboards_arrive_complete(migrated: World):
    result = migrated.check()
    assert result.differences == []
    assert result.counts == Counter(dashboard=9, chart=102, dataset=20)


def test_charts_of_the_target_show_the_same_data(migrated: World):
    here, there = (data_of_pies(server) for server in (migrated.dev, migrated.prod))
    assert here == there
    assert len(here) > 3
    assert all(here.values())


def data_of_pies(server: Superset) -> dict[str, Any]:
    """What each pie chart shows, by its UUID."""
    found = {}
    for row in server.rows("chart", "id", "uuid", "viz_type", "datasource_id"):
        if row["viz_type"] == "pie":
            form = json.loads(server.one("chart", row["id"])["params"])
            query = {"columns": form["groupby"], "metrics": [form["metric"]], "orderby": [[form["metric"], False]]}
            source = {"id": row["datasource_id"], "type": "table"}
            answer = server.post("chart/data", {"datasource": source, "queries": [{**query, "row_limit": 5}]})
            found[row["uuid"]] = answer["result"][0]["data"]
    return found


def test_only_the_mapped_connection_is_used_and_it_is_untouched(migrated: World):
    connections = snapshot(migrated.prod).connections
    assert [each["database_name"] for each in connections.values()] == ["warehouse"]
    assert next(iter(connections.values()))["sqlalchemy_uri"] == migrated.pair.prod.tables_uri


def test_migrating_again_writes_nothing_and_only_reads(migrated: World):
    before = snapshot(migrated.prod)
    dev, prod = migrated.logs()
    planned = migrated.plan()
    assert planned.code == 0, planned
    assert planned.changes("create", "update", "orphan") == {}
    asked = dev.requests(), prod.requests()
    assert dev.writes() == prod.writes() == []
    assert all(len(requests) > 5 for requests in asked)
    assert snapshot(migrated.prod).changed(before) == set()
