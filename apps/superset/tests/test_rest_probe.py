"""Questions to the databases behind a Superset: what its answers mean, and that none is asked twice."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from apps.superset.errors import NotFound, ServerFault, Unreachable
from apps.superset.tests.superset_server import Reply

SCHEMAS, TABLES, COLUMNS = (f"/api/v1/database/3/{what}/" for what in ("schemas", "tables", "table_metadata"))
CHART, DATA = "/api/v1/chart/5", "/api/v1/chart/data"
CONTEXT = {"datasource": {"id": 5, "type": "table"}, "queries": [{"columns": ["a"], "row_limit": 1000}], "force": True}


def fault(message):
    return Reply(500, {"errors": [{"message": message, "error_type": "GENERIC_BACKEND_ERROR"}]})


@pytest.fixture
def probe(connect):
    with connect().probe() as probe:
        yield probe


def test_a_probe_signs_in_no_second_time(server, connect):
    client = connect()
    client.whoami()
    server.script(SCHEMAS, Reply(body={"result": ["main"]}))
    with client.probe() as probe:
        assert probe.schemas(3, catalog="") == ["main"]
    assert len(server.asked("POST", "/security/login")) == 1


def test_schemas_and_tables_are_asked_for_in_their_catalog(server, probe):
    server.script(SCHEMAS, Reply(body={"result": ["main", None, 3]}))
    server.script(TABLES, Reply(body={"result": [{"value": "a", "type": "table"}, {"value": "b", "type": "view"}]}))
    assert probe.schemas(3, catalog="lake") == ["main"]
    assert probe.tables(3, catalog="lake", schema="it's", fresh=True) == ["a", "b"]
    first, second = (unquote(seen.path).partition("?q=")[2] for seen in server.asked("GET", "/database/3/"))
    assert first == "(catalog:lake)"
    assert second == "(catalog_name:lake,force:!t,schema_name:'it!'s')"


def test_columns_are_asked_for_by_name(server, probe):
    server.script(COLUMNS, Reply(body={"columns": [{"name": "a"}, {"name": "b"}]}))
    assert probe.columns(3, "my table", catalog="", schema="raw") == ["a", "b"]
    (seen,) = server.asked("GET", "table_metadata")
    assert parse_qs(urlsplit(seen.path).query) == {"name": ["my table"], "schema": ["raw"]}


@pytest.mark.parametrize("message", ["orders", "raw.orders"])
def test_the_fault_that_names_nothing_but_the_table_says_that_it_is_not_there(server, probe, message):
    server.script(COLUMNS, fault(message))
    assert probe.columns(3, "orders", catalog="", schema="raw") == []


def test_any_other_fault_is_an_error_and_asked_once(server, probe):
    server.script(COLUMNS, fault("connection refused"))
    with pytest.raises(ServerFault, match="connection refused"):
        probe.columns(3, "orders", catalog="", schema="raw")
    assert len(server.asked("GET", "table_metadata")) == 1


def test_what_the_account_may_not_see_is_an_error(server, probe):
    server.script(TABLES, Reply(404, {"error": "Database not found."}))
    with pytest.raises(NotFound):
        probe.tables(3, catalog="", schema="raw")


class TestACharts:
    @pytest.fixture(autouse=True)
    def _stored(self, server):
        server.script(CHART, Reply(body={"result": {"id": 5, "query_context": json.dumps(CONTEXT)}}))

    def test_a_chart_is_queried_for_one_row_and_nothing_of_it_is_kept(self, server, probe):
        server.script(DATA, Reply(body={"result": [{"data": [{"a": 1}], "error": None, "status": "success"}]}))
        assert probe.chart_error(5) == ""
        (seen,) = server.asked("POST", DATA)
        sent = json.loads(seen.body)
        assert sent["queries"] == [{"columns": ["a"], "row_limit": 1, "row_offset": 0}]
        assert (sent["force"], sent["result_type"], sent["result_format"]) == (False, "full", "json")

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(400, {"message": "Error: no such\ttable"}),
            fault("Error: no such\ttable"),
            Reply(body={"result": [{"error": None}, {"error": "Error: no such\ttable"}]}),
        ],
    )
    def test_the_error_of_a_chart_is_the_servers_message_on_one_line(self, server, probe, reply):
        server.script(DATA, reply)
        assert probe.chart_error(5) == "Error: no such\\ttable"
        assert len(server.asked("POST", DATA)) == 1

    def test_an_asynchronous_chart_query_counts_as_unanswered(self, server, probe):
        server.script(DATA, Reply(202, {"job_id": "1"}))
        with pytest.raises(ServerFault, match="asynchronously"):
            probe.chart_error(5)

    def test_a_gateway_timeout_is_no_error_of_the_chart(self, server, probe):
        server.script(DATA, Reply(504, b"<html>", {"Content-Type": "text/html"}))
        with pytest.raises(Unreachable) as failed:
            probe.chart_error(5)
        assert "written" not in str(failed.value)


@pytest.mark.parametrize("stored", [None, "", "{", "[]", "{}", '{"queries": []}', 3])
def test_a_chart_without_stored_queries_is_asked_nothing(server, probe, stored):
    server.script(CHART, Reply(body={"result": {"id": 5, "query_context": stored}}))
    assert probe.chart_error(5) is None
    assert not server.asked("POST", DATA)
