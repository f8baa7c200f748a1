import io
import json
import zipfile
from urllib.parse import unquote

import pytest

from apps.superset.account import Account
from apps.superset.assets import Kind
from apps.superset.errors import (
    BundleRefused,
    NotConfigured,
    NotFound,
    NotPermitted,
    ServerFault,
    Unreachable,
)
from apps.superset.protocol import Client
from apps.superset.releases.base import Endpoint
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.connecting import Time, connecting
from apps.superset.tests.superset_server import Reply, SupersetServer, page_of

HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def server():
    with SupersetServer() as running:
        yield running


@pytest.fixture
def connect(server):
    with connecting(server, Time()) as connect:
        yield connect


@pytest.fixture
def client(connect):
    return connect()


def error_page(message, extra=None):
    """An error as Superset words it."""
    codes = {"issue_codes": [{"code": 1010, "message": "Issue 1010 - Superset encountered an error"}]}
    return {
        "errors": [{"message": message, "error_type": "GENERIC_COMMAND_ERROR", "extra": {**(extra or {}), **codes}}]
    }


def form_of(seen):
    """The parts of a multipart body by name."""
    boundary = seen.headers["Content-Type"].partition("boundary=")[2].encode()
    parts = [part.partition(b"\r\n\r\n") for part in seen.body.split(b"--" + boundary)[1:-1]]
    return {head.partition(b'name="')[2].partition(b'"')[0].decode(): body[:-2] for head, _, body in parts}


class TestRoles:
    @pytest.mark.parametrize(("roles", "expected"), [({"Admin": []}, True), ({"Alpha": [], "sql_lab": []}, False)])
    def test_only_the_role_admin_is_an_administrator(self, server, client, roles, expected):
        server.script("/api/v1/me/roles/", Reply(body={"result": {"username": "ann", "userId": 7, "roles": roles}}))
        assert client.account().is_admin is expected
        assert client.account().id == 7
        assert len(server.asked("GET", "/me/roles/")) == 1

    def test_who_has_access_to_all_data_sees_all_datasets(self, server, client):
        roles = {"Alpha": [["can_read", "Chart"], ["all_datasource_access", "all_datasource_access"]]}
        server.script("/api/v1/me/roles/", Reply(body={"result": {"userId": 7, "roles": roles}}))
        pairs = frozenset({("can_read", "Chart"), ("all_datasource_access", "all_datasource_access")})
        assert client.account() == Account(7, is_admin=False, sees_all_data=True, rights=pairs)

    def test_an_account_without_access_to_all_data_may_not_see_all_datasets(self, server, client):
        roles = {"Gamma": [["can_read", "Chart"]], "more": [["can_write", "Chart"], ["odd"], 3]}
        server.script("/api/v1/me/roles/", Reply(body={"result": {"username": "g", "userId": 7, "roles": roles}}))
        account = client.account()
        pairs = frozenset({("can_read", "Chart"), ("can_write", "Chart")})
        assert account == Account(7, is_admin=False, sees_all_data=False, name="g", rights=pairs)
        assert account.may("can_write", "Chart")
        assert not account.may("can_write", "Dataset")
        assert not account.sees_all_databases(RELEASE.permissions)

    @pytest.mark.parametrize("result", [{}, {"roles": {"Admin": []}}, {"userId": "1"}, {"userId": True}])
    def test_an_answer_without_an_account_is_an_error(self, server, client, result):
        server.script("/api/v1/me/roles/", Reply(body={"result": result}))
        with pytest.raises(ServerFault, match="did not return an account"):
            client.account()


class TestWhatNoListShows:
    def test_an_embedded_dashboard_says_how(self, server, client):
        server.script("/api/v1/dashboard/1/embedded", Reply(body={"result": {"uuid": "e", "allowed_domains": ["a"]}}))
        assert client.embedding(1) == {"uuid": "e", "allowed_domains": ["a"]}

    def test_a_dashboard_that_is_not_embedded_has_no_embedding_settings(self, server, client):
        server.script("/api/v1/dashboard/1/embedded", Reply(404, {}))
        assert client.embedding(1) is None

    @pytest.mark.parametrize("domains", [None, "https://shop.example", [1]])
    def test_no_list_of_domains_is_no_empty_one(self, server, client, domains):
        body = {"result": {"uuid": "e", "allowed_domains": domains}}
        server.script("/api/v1/dashboard/1/embedded", Reply(body=body))
        with pytest.raises(ServerFault, match="allowed_domains"):
            client.embedding(1)

    @pytest.mark.parametrize(
        ("domains", "method", "body"),
        [(["https://a.example"], "POST", {"allowed_domains": ["https://a.example"]}), (None, "DELETE", None)],
    )
    def test_domains_are_set_and_removed(self, server, client, domains, method, body):
        client.embed(1, domains)
        seen = server.seen[-1]
        assert (seen.method, seen.path) == (method, "/api/v1/dashboard/1/embedded")
        assert (json.loads(seen.body) if seen.body else None) == body

    @pytest.mark.parametrize(
        ("reply", "owners"),
        [
            (Reply(body={"result": {"id": 3, "owners": [{"id": 8}]}}), [8]),
            (Reply(403, {"message": "Forbidden"}), []),
            (Reply(404, {"message": "Not found"}), None),
        ],
        ids=["a-draft-of-others", "restricted", "none"],
    )
    def test_a_dashboard_is_found_by_its_uuid(self, server, client, reply, owners):
        server.script("/api/v1/dashboard/abc", reply)
        assert client.dashboard_owners("abc") == owners


class TestRelease:
    def test_the_release_is_asked_once_and_anonymously(self, server, client):
        assert client.release().version == "6.1.0"
        client.release()
        assert [seen.path for seen in server.seen] == ["/version"]

    def test_the_release_is_read_from_the_login_page_where_there_is_no_version_resource(self, server, client):
        server.script("/version", Reply(404, b"<html>", HTML))
        assert client.release().version == "6.1.0"

    def test_a_release_that_is_not_supported_is_named(self, server, client):
        server.script("/version", Reply(body={"version_string": "3.0.4"}))
        with pytest.raises(NotConfigured, match=r"dev: Superset 3\.0\.4 is not supported"):
            client.release()

    @pytest.mark.parametrize("page", [Reply(200, b"<html>Hello</html>", HTML), Reply(404, b"no", HTML), Reply(302)])
    def test_a_server_without_a_release_is_hardly_a_superset(self, server, client, page):
        server.script("/version", page)
        server.script("/login/", page)
        with pytest.raises(NotConfigured, match=r"states a release of Superset\. Check that this is the address"):
            client.release()

    @pytest.mark.parametrize(
        ("location", "address"),
        [
            ("https://bi.example.com/version", "https://bi.example.com"),
            ("https://bi.example.com:8443/superset/version/?x=1", "https://bi.example.com:8443/superset"),
            ("//bi.example.com/version", "http://bi.example.com"),
        ],
    )
    def test_a_redirect_to_another_address_is_reported_with_it(self, server, client, location, address):
        for path in ("/version", "/login/"):
            server.script(path, Reply(301, b"", {"Location": location}))
        with pytest.raises(NotConfigured, match="GET /version was redirected to ") as moved:
            client.release()
        assert moved.value.next_step == f"Register it with the address {address}, if that is this Superset."

    @pytest.mark.parametrize("location", ["https://sso.example.com/sign-in?rd=/version", "https://u:p@h/version"])
    def test_a_redirect_to_a_sign_in_page_is_reported_as_such(self, server, client, location):
        for path in ("/version", "/login/"):
            server.script(path, Reply(302, b"", {"Location": location}))
        with pytest.raises(NotConfigured, match="redirects are not followed") as moved:
            client.release()
        assert "sign-in page" in moved.value.next_step
        assert "u:p" not in str(moved.value)

    def test_a_superset_that_is_down_is_unreachable(self, server, client):
        server.script("/version", *[Reply(503)] * 5)
        with pytest.raises(Unreachable):
            client.release()


class TestReading:
    def test_the_client_has_the_methods_that_the_engine_expects(self, client):
        used: Client = client
        assert used.environment == "dev"

    def test_lists_are_read_page_after_page(self, server, client):
        rows = client.list_rows("chart", ["id", "uuid"])
        assert [row["id"] for row in rows] == [row["id"] for row in server.rows["chart"]]
        assert [seen.query["page"] for seen in server.asked("GET", "/chart/")] == [0, 1]

    def test_lists_ask_for_columns_pages_of_100_and_an_order(self, server, client):
        client.list_rows("dataset", ["id", "database.uuid"])
        assert unquote(server.seen[-1].path).endswith(
            "?q=(columns:!(id,database.uuid),order_column:table_name,order_direction:asc,page:0,page_size:100)"
        )

    def test_a_list_can_be_asked_for_the_rows_with_a_number(self, server, client):
        client.list_rows("chart", ["id"], where={"datasource_id": 7})
        assert "filters:!((col:datasource_id,opr:eq,value:7))" in unquote(server.seen[-1].path)

    def test_a_server_that_gives_smaller_pages_is_read_to_the_end(self, server, client):
        server.largest_page = 40
        assert len(client.list_rows("chart", ["id"])) == 103

    def test_a_list_whose_order_is_not_known_is_read_in_the_server_s(self, server, client):
        server.rows["group"] = [{"id": 1}]
        assert client.list_rows("group", ["id"]) == [{"id": 1}]
        assert set(server.seen[-1].query) == {"columns", "page", "page_size"}

    def test_the_newest_of_a_list_are_asked_for_page_by_page(self, server, client):
        rows, count = client.list_newest("chart", ["id"], page=1)
        assert (len(rows), count) == (3, 103)
        assert unquote(server.seen[-1].path).endswith(
            "?q=(columns:!(id),order_column:changed_on_delta_humanized,order_direction:desc,page:1,page_size:100)"
        )

    def test_an_empty_list_is_empty(self, server, client):
        server.rows["dashboard"] = []
        assert client.list_rows("dashboard", ["id"]) == []

    def test_a_row_that_moves_between_pages_is_counted_once_and_the_missing_one_read_again(self, server, client):
        rows = [{"id": number} for number in range(1, 151)]
        server.rows["chart"] = rows
        moved = page_of([{"id": 100}, *rows[100:149]], 150)
        server.script("/api/v1/chart/", Reply(body=page_of(rows[:100], 150)), Reply(body=moved))
        assert client.list_rows("chart", ["id"]) == rows

    def test_a_list_that_stays_incomplete_is_an_error(self, server, client):
        page = Reply(body=page_of([{"id": 1}], 2))
        server.script("/api/v1/chart/", *[page, Reply(body=page_of([], 2))] * 2)
        with pytest.raises(ServerFault, match="the list of charts has 2 rows and gave 1"):
            client.list_rows("chart", ["id"])

    def test_a_list_of_another_shape_is_an_error(self, server, client):
        server.script("/api/v1/chart/", Reply(body={"result": []}))
        with pytest.raises(ServerFault, match="did not return a list of rows"):
            client.list_rows("chart", ["id"])

    def test_an_asset_is_its_result(self, client):
        assert client.get(Kind.DASHBOARD, 1)["dashboard_title"]

    def test_an_asset_that_is_not_there_is_not_found(self, client):
        with pytest.raises(NotFound, match="dev: chart 9999: not found, or not visible"):
            client.get(Kind.CHART, 9999)

    def test_an_export_is_a_zip(self, server, client):
        content = client.export(Kind.DASHBOARD, [1, 2])
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        assert server.seen[-1].path == "/api/v1/dashboard/export/?q=!(1,2)"

    def test_an_export_that_lacks_an_id_names_what_was_asked(self, server, client):
        server.script("/api/v1/dashboard/export/", Reply(404, {"message": "Not found"}))
        with pytest.raises(NotFound, match="dashboards 1, 2, 3, 4, 5 and 1 more"):
            client.export(Kind.DASHBOARD, [1, 2, 3, 4, 5, 6])

    def test_an_export_that_is_no_zip_is_an_error(self, server, client):
        server.script("/api/v1/dashboard/export/", Reply(body={"result": "soon"}))
        with pytest.raises(ServerFault, match="did not return a ZIP"):
            client.export(Kind.DASHBOARD, [1])

    @pytest.mark.parametrize("status", [200, 404, 400])
    def test_pages_where_json_is_expected_are_no_superset(self, server, client, status):
        server.script("/api/v1/me/", Reply(status, b"<!doctype html><h1>Welcome</h1>", HTML))
        with pytest.raises(NotConfigured, match="it is not a Superset"):
            client.whoami()

    def test_what_the_account_may_not_do_is_reported_with_the_server_s_words(self, server, client):
        server.script("/api/v1/dashboard/export/", Reply(403, {"message": "Forbidden"}))
        with pytest.raises(NotPermitted, match="dev: dashboard 1: the account may not do this: Forbidden"):
            client.export(Kind.DASHBOARD, [1])

    def test_superset_s_own_error_page_is_a_server_fault(self, server, client):
        server.script("/api/v1/me/", *[Reply(500, b"<!doctype html>Internal error", HTML)] * 5)
        with pytest.raises(ServerFault, match="Superset failed with 500"):
            client.whoami()


class TestWriting:
    def test_assets_are_imported_sparsely(self, server, client):
        client.import_bundle(Endpoint.ASSETS, b"PK content")
        assert server.seen[-1].path == "/api/v1/assets/import/"
        assert form_of(server.seen[-1]) == {"bundle": b"PK content", "sparse": b"true"}

    def test_dashboards_are_imported_with_overwrite(self, server, client):
        client.import_bundle(Endpoint.DASHBOARDS, b"PK content")
        assert server.seen[-1].path == "/api/v1/dashboard/import/"
        assert form_of(server.seen[-1]) == {"formData": b"PK content", "overwrite": b"true"}

    def test_fields_are_set_by_put(self, server, client):
        client.update(Kind.DASHBOARD, 3, {"css": "a"})
        assert (server.seen[-1].method, server.seen[-1].path) == ("PUT", "/api/v1/dashboard/3")
        assert server.seen[-1].body == b'{"css": "a"}'

    def test_assets_are_deleted_by_the_hundred(self, server, client):
        client.delete(Kind.CHART, range(1, 151))
        assert [len(seen.query) for seen in server.asked("DELETE")] == [100, 50]

    def test_connections_are_deleted_one_by_one(self, server, client):
        client.delete(Kind.DATABASE, [4, 5])
        assert [seen.path for seen in server.asked("DELETE")] == ["/api/v1/database/4", "/api/v1/database/5"]

    def test_deleting_nothing_sends_nothing(self, server, client):
        client.delete(Kind.CHART, [])
        assert server.asked("DELETE") == []

    def test_a_refused_bundle_has_the_server_s_field_errors_by_file(self, server, client):
        fields = {"dashboards/Sales_1.yaml": {"published": ["Not a valid boolean."]}}
        server.script("/api/v1/dashboard/import/", Reply(422, error_page("Error importing dashboard: …", fields)))
        with pytest.raises(BundleRefused, match="dev: the bundle was refused: Error importing dashboard") as refused:
            client.import_bundle(Endpoint.DASHBOARDS, b"PK")
        assert refused.value.context["fields"] == fields
        assert "(dashboards/Sales_1.yaml: published)" in str(refused.value)
        assert refused.value.next_step

    @pytest.mark.parametrize(
        ("message", "meaning"),
        [
            ("Expecting value: line 1 column 1 (char 0)", "not a ZIP with a metadata.yaml"),
            ("division by zero", "the ZIP is empty"),
            ("cannot access local variable 'config' where it is not associated with a value", "not valid YAML"),
            ("Import dashboard failed for an unknown reason", "lacks a dataset, a chart or a connection"),
            ("Import failed for an unknown reason", "a field or YAML that it does not accept"),
            ("()", "no driver for a database"),
        ],
    )
    def test_the_500s_of_imports_that_are_known_are_explained(self, server, client, message, meaning):
        server.script("/api/v1/assets/import/", Reply(500, error_page(message)))
        with pytest.raises(BundleRefused, match=meaning) as refused:
            client.import_bundle(Endpoint.ASSETS, b"PK")
        assert refused.value.context["message"] == message

    def test_the_500_of_a_missing_permission_is_reported_as_such(self, server, client):
        message = "A dashboard already exists and user doesn't have permissions to overwrite it"
        server.script("/api/v1/dashboard/import/", Reply(500, error_page(message)))
        with pytest.raises(NotPermitted, match="neither its owner nor an administrator"):
            client.import_bundle(Endpoint.DASHBOARDS, b"PK")

    def test_any_other_500_of_an_import_is_a_server_fault_in_its_words(self, server, client):
        server.script("/api/v1/assets/import/", Reply(500, error_page("database is locked")))
        with pytest.raises(ServerFault, match="Superset failed with 500: database is locked"):
            client.import_bundle(Endpoint.ASSETS, b"PK")

    def test_a_bundle_too_large_for_a_proxy_is_reported(self, server, client):
        server.script("/api/v1/assets/import/", Reply(413, b"<html>", HTML))
        with pytest.raises(BundleRefused, match="larger than the server or a proxy before it allows"):
            client.import_bundle(Endpoint.ASSETS, b"PK")

    def test_a_refused_change_has_the_server_s_field_errors(self, server, client):
        server.script("/api/v1/dashboard/3", Reply(400, {"message": {"nope": ["Unknown field."]}}))
        with pytest.raises(
            BundleRefused, match="dev: dashboard 3: the change was refused: nope: Unknown field"
        ) as said:
            client.update(Kind.DASHBOARD, 3, {"nope": 1})
        assert said.value.context["fields"] == {"nope": ["Unknown field."]}

    def test_a_refused_delete_has_the_server_s_words(self, server, client):
        server.script("/api/v1/database/4", Reply(422, {"message": "Cannot delete a database that has datasets"}))
        with pytest.raises(BundleRefused, match="database 4: the change was refused: Cannot delete"):
            client.delete(Kind.DATABASE, [4])


def test_the_environment_is_in_the_error_of_a_wrong_address(connect):
    with pytest.raises(NotConfigured, match="dev: an address starts with"):
        connect(url="superset")


class TestAsARealOneAnswers:
    def test_an_export_of_a_dashboard_without_a_title_fails(self, server, client):
        number = server.rows["dashboard"][0]["id"]
        server.rows["dashboard"] = [{**row, "dashboard_title": None} for row in server.rows["dashboard"]]
        with pytest.raises(ServerFault, match="Superset failed with 500: Fatal error"):
            client.export(Kind.DASHBOARD, [number])

    def test_a_chart_that_a_report_is_about_is_not_deleted(self, server, client):
        server.rows["report"] = [{"id": 1, "name": "Monday", "chart_id": 3}]
        with pytest.raises(BundleRefused, match="There are associated alerts or reports: Monday"):
            client.delete(Kind.CHART, [2, 3])
        client.delete(Kind.CHART, [2])
