"""Servers that answer what the API never answers, or never come to an end: a sentence, within bounds."""

from __future__ import annotations

import itertools
import json

import pytest

from apps.superset.account import Account
from apps.superset.assets import Key, Kind
from apps.superset.errors import NotConfigured, OutcomeUnknown, ServerFault, SupersetError, Unreachable
from apps.superset.http.limits import ListLimits, Sizes
from apps.superset.inventory import Entry, Inventory, read_inventory
from apps.superset.releases.base import Endpoint
from apps.superset.remote.attachments import read_owners
from apps.superset.remote.client import SupersetClient
from apps.superset.remote.listing import newest
from apps.superset.tests.builders import uuid
from apps.superset.tests.connecting import LOGIN, Time, connecting
from apps.superset.tests.superset_server import Reply, SupersetServer, page_of

DEEP = b'{"result": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


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


class Told:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def log(self, text, *, level="info", **facts):
        self.lines.append(f"{level}: {text}")

    def progress(self, stage, done, total):
        pass

    def check_cancelled(self):
        pass


def a_row(number, **fields):
    return {"id": number, "uuid": uuid(number), "slice_name": f"Chart {number}", **fields}


class TestListsWithoutAnEnd:
    def test_a_list_that_claims_a_trillion_rows_is_given_up_at_its_first_page(self, server, client):
        server.script("/api/v1/chart/", Reply(body=page_of([a_row(1)], 10**12)))
        with pytest.raises(ServerFault, match=r"list of charts is longer .* 1,000,000,000,000 rows, more than 200,000"):
            client.list_rows("chart", ["id"])
        assert len(server.asked("GET", "/chart/")) == 1

    def test_a_list_of_the_newest_that_is_too_long_is_refused(self, server, client):
        server.script("/api/v1/chart/", Reply(body=page_of([a_row(1)], 10**12)))
        with pytest.raises(ServerFault, match="more than 200,000"):
            list(newest(client, Kind.CHART))
        assert len(server.asked("GET", "/chart/")) == 1

    @pytest.mark.parametrize(
        ("limits", "named"),
        [
            (ListLimits(rows=50), "more than 50"),
            (ListLimits(pages=5), "more than 5 pages"),
            (ListLimits(size=1_000), "more than 1,000 bytes"),
            (ListLimits(seconds=-1), "more than -1 seconds"),
        ],
    )
    def test_fresh_ids_for_ever_end_at_a_limit_that_is_named(self, server, connect, limits, named):
        numbers = itertools.count(1)
        pages = (
            Reply(body=page_of([a_row(next(numbers)) for _ in range(10)], 10 * number + 20)) for number in range(99)
        )
        server.script("/api/v1/chart/", *pages)
        with pytest.raises(ServerFault, match=named):
            connect(sizes=Sizes(lists=limits)).list_rows("chart", ["id"])
        assert len(server.asked("GET", "/chart/")) <= 7

    def test_a_page_that_comes_again_and_again_ends_the_list(self, server, client):
        server.script("/api/v1/chart/", *[Reply(body=page_of([a_row(1)], 1_000))] * 50)
        with pytest.raises(ServerFault, match="has 1000 rows and gave 1"):
            client.list_rows("chart", ["id"])
        assert len(server.asked("GET", "/chart/")) == 4

    def test_a_page_that_comes_again_ends_a_list_of_the_newest(self, server, client):
        server.script("/api/v1/chart/", *[Reply(body=page_of([a_row(1)], 1_000))] * 50)
        assert len(list(newest(client, Kind.CHART))) == 2

    def test_a_page_of_more_rows_than_were_asked_for_is_refused(self, server, client):
        server.script("/api/v1/chart/", Reply(body=page_of([a_row(number) for number in range(1, 150)], 149)))
        with pytest.raises(ServerFault, match="a page holds 149 rows where 100 were requested"):
            client.list_rows("chart", ["id"])

    def test_all_that_one_client_reads_is_bounded(self, connect):
        client = connect(sizes=Sizes(reads=0))
        client.release()
        with pytest.raises(Unreachable, match="more than 0 MiB were read from it in all"):
            client.whoami()


class TestAnswersOfAnotherShape:
    @pytest.mark.parametrize(
        "count", ["Infinity", "-Infinity", "NaN", "-1", '"7"', "true", "1.5", "null", "1e400", "[]"]
    )
    def test_a_count_that_is_no_count_is_a_sentence(self, server, client, count):
        body = b'{"ids": [1], "result": [{"id": 1}], "count": ' + count.encode() + b"}"
        server.script("/api/v1/chart/", Reply(body=body))
        with pytest.raises(ServerFault, match="did not return a list of rows"):
            client.list_rows("chart", ["id"])

    @pytest.mark.parametrize(
        ("row", "named"),
        [
            (None, r"row 1 \(id 1\) is null where an object was expected"),
            ("text", "is a text"),
            ({"id": 2, "uuid": uuid(1)}, "is that of id 2"),
            ([], "is a list"),
            ({"id": "1", "uuid": uuid(1)}, "has a “id” that is a text and no whole number"),
            ({"id": 1, "uuid": uuid(1), "slice_name": {"a": 1}}, "has a “slice_name” that is an object"),
            ({"id": 1, "uuid": uuid(1), "dashboards": "all"}, "has a “dashboards.id” that is a text"),
            ({"id": 1, "uuid": uuid(1), "dashboards": [None]}, "has a “dashboards.id” that is null"),
            ({"id": 1, "uuid": uuid(1), "dashboards": [{"id": "1"}]}, "has a “dashboards.id” that is a text"),
        ],
    )
    def test_a_row_of_another_shape_is_named(self, server, client, row, named):
        server.script("/api/v1/chart/", Reply(body={"ids": [1], "result": [row], "count": 1}))
        with pytest.raises(ServerFault, match=named):
            client.list_rows("chart", ["id", "uuid", "slice_name", "dashboards.id"])

    @pytest.mark.parametrize("asset_id", ["1", None, -1, 1.0, True, [1]])
    def test_ids_that_are_no_numbers_are_a_sentence(self, server, client, asset_id):
        server.script("/api/v1/chart/", Reply(body={"ids": [asset_id], "result": [a_row(1)], "count": 1}))
        with pytest.raises(ServerFault, match="row 1 has no number as its id"):
            client.list_rows("chart", ["id"])

    @pytest.mark.parametrize(
        "body", [DEEP, b"[]", b'"text"', b"7", b"null", b'{"result": "text"}', b'{"result": [1]}', b"{}", b"\xff", b""]
    )
    @pytest.mark.parametrize("ask", ["whoami", "list", "asset", "roles"])
    def test_whatever_stands_in_place_of_an_answer_is_a_sentence(self, server, client, body, ask):
        server.script("/api/v1/me/", Reply(body=body))
        server.script("/api/v1/chart/", Reply(body=body))
        with pytest.raises(SupersetError, match="did not return"):
            {
                "whoami": client.whoami,
                "list": lambda: client.list_rows("chart", ["id"]),
                "asset": lambda: client.get(Kind.CHART, 1),
                "roles": client.account,
            }[ask]()

    @pytest.mark.parametrize(
        "columns",
        ["all", 5, [None], [{}], [{"id": "1", "column_name": "a"}], [{"id": 1, "column_name": None}], {"a": 1}],
    )
    def test_columns_of_a_dataset_of_another_shape_are_named(self, server, client, columns):
        server.script("/api/v1/dataset/3", Reply(body={"result": {"columns": columns}}))
        with pytest.raises(ServerFault, match="dev: dataset 3: has a “columns"):
            client.get(Kind.DATASET, 3)

    @pytest.mark.parametrize("roles", [5, None, "Admin", True])
    def test_roles_of_another_shape_make_nobody_an_administrator(self, server, client, roles):
        server.script("/api/v1/me/roles/", Reply(body={"result": {"userId": 1, "roles": roles}}))
        assert client.account() == Account(1, is_admin=False, sees_all_data=False)

    @pytest.mark.parametrize("owners", [5, None, "x", {}, [None], ["x"], [{}], [{"id": "1"}], [{"id": None}]])
    def test_owners_of_another_shape_own_nothing(self, server, client, owners):
        server.script("/api/v1/chart/3", Reply(body={"result": {"owners": owners}}))
        key = Key(Kind.CHART, "00000000-0000-4000-8000-000000000003")
        many = [Entry(key, 3, "x", {}), *(Entry(Key(Kind.CHART, str(each)), each, "x", {}) for each in range(10, 40))]
        assert read_owners(client, Inventory.of(many), [key]) in ({}, {key: {}})

    @pytest.mark.parametrize("token", [None, 7, "", "a\nb", "a\0b", "töken", ["a"], {"a": 1}, "x" * 100_000])
    def test_a_token_that_cannot_be_sent_back_is_no_sign_in(self, server, client, token):
        server.script("/api/v1/security/login", Reply(body={"access_token": token}))
        with pytest.raises(ServerFault, match="did not return an access token"):
            client.whoami()

    @pytest.mark.parametrize("token", [None, 7, "", "a\r\nX-Other: b", ["a"]])
    def test_a_csrf_token_that_cannot_be_sent_back_stops_a_write_before_it_is_sent(self, server, client, token):
        server.script("/api/v1/security/csrf_token/", Reply(body={"result": token}))
        with pytest.raises(ServerFault, match="did not return a CSRF token") as refused:
            client.import_bundle(Endpoint.ASSETS, b"PK")
        assert not isinstance(refused.value, OutcomeUnknown)
        assert server.asked("POST", "/import/") == []

    def test_a_deep_answer_to_a_write_leaves_its_outcome_open(self, server, client):
        server.script("/api/v1/assets/import/", Reply(body=DEEP))
        with pytest.raises(OutcomeUnknown):
            client.import_bundle(Endpoint.ASSETS, b"PK")

    @pytest.mark.parametrize("version", ["6.1.0\n\x1b[2J", "9" * 10_000])
    def test_a_version_is_one_plain_line(self, server, client, version):
        server.script("/version", Reply(body={"version_string": version}))
        try:
            message = client.release().version
        except NotConfigured as error:
            message = str(error)
        assert message.isprintable()
        assert len(message) < 300


class TestOneBadRow:
    """It must not keep the others from being read."""

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            (a_row(2, uuid=None), "chart 2 “Chart 2” has no UUID and is left out"),
            (a_row(2, uuid="not-one"), "chart 2 “Chart 2” has no UUID and is left out"),
            (a_row(2, uuid=7), "chart 2 “Chart 2” has no UUID and is left out"),
            (a_row(2, uuid=uuid(1)), "chart 2 “Chart 2” has the UUID of chart 1 and is left out"),
        ],
    )
    def test_an_ambiguous_row_is_left_out_and_named(self, server, connect, bad, message):
        server.rows["chart"] = [a_row(1), bad, a_row(3)]
        reporter = Told()
        client = connect(reporter=reporter)
        assert [entry.id for entry in read_inventory(client, [Kind.CHART]).of_kind(Kind.CHART)] == [1, 3]
        client.list_rows("chart", ["id", "uuid", "slice_name"])
        assert reporter.lines == [f"warning: dev: {message}"]

    def test_a_title_that_no_database_takes_is_read_escaped_and_named(self, server, connect):
        server.rows["chart"] = [a_row(1), a_row(2, slice_name="a\0b"), a_row(3, slice_name="c\ud800")]
        reporter = Told()
        entries = read_inventory(connect(reporter=reporter), [Kind.CHART]).of_kind(Kind.CHART)
        assert [entry.name for entry in entries] == ["Chart 1", "a\\x00b", "c\\ud800"]
        why = "contains characters that no database stores (slice_name): they are shown as escapes (\\x00)"
        named = ("chart 2 “a\\x00b”", "chart 3 “c\\ud800”")
        assert reporter.lines == [f"warning: dev: {each} {why}" for each in named]

    def test_emoji_that_are_written_as_pairs_are_no_halves(self, server, connect):
        server.rows["chart"] = [a_row(1, slice_name="📈 a")]
        reporter = Told()
        assert connect(reporter=reporter).list_rows("chart", ["id", "slice_name"])[0]["slice_name"] == "📈 a"
        assert reporter.lines == []

    def test_raw_bytes_of_half_a_pair_are_found_as_well(self, server, client):
        body = json.dumps({"result": {"username": "XX"}}).encode().replace(b"XX", b"\xed\xa0\x80")
        server.script("/api/v1/me/", Reply(body=body))
        assert client.whoami()["username"] == "\\ud800"


class TestRedirects:
    @pytest.mark.parametrize(
        ("location", "message"),
        [
            ("https://bi.example:8443/login?next=secret", "redirected to https://bi.example:8443/login, and"),
            ("http://bi.example:80/", "redirected to http://bi.example:80/, and"),
            ("https://ann:hunter2@bi.example:8443/x#secret", "redirected to https://bi.example:8443/x, and"),
            ("http://[2001:db8::1]:8088/x", r"redirected to http://\[2001:db8::1\]:8088/x, and"),
            ("//bi.example:99/x", "redirected to //bi.example:99/x, and"),
            ("http://bi.example:notaport/x", "redirected to http://bi.example:notaport/x, and"),
            ("http://[broken/x", "redirected to nowhere, and"),
            ("/elsewhere?token=secret", "redirected to /elsewhere, and"),
            ("", "redirected to nowhere, and"),
        ],
    )
    def test_the_whole_target_is_named_with_its_port_and_without_what_is_secret(
        self, server, client, location, message
    ):
        server.script("/api/v1/me/", Reply(302, headers={"Location": location}))
        with pytest.raises(NotConfigured, match=message) as refused:
            client.whoami()
        assert "secret" not in str(refused.value)
        assert "hunter2" not in str(refused.value)

    def test_a_redirect_of_a_write_to_no_address_is_a_sentence(self, server, client):
        server.script("/api/v1/assets/import/", Reply(302, headers={"Location": "http://[broken"}))
        with pytest.raises(NotConfigured, match="redirected to nowhere"):
            client.import_bundle(Endpoint.ASSETS, b"PK")


def test_the_words_of_a_server_stay_in_one_line(server, client):
    words = "no\nApproved by ann\x1b[2J\u202e"
    server.script("/api/v1/chart/1", Reply(403, {"message": words}))
    with pytest.raises(SupersetError) as refused:
        client.get(Kind.CHART, 1)
    assert "no\\nApproved by ann\\x1b[2J\\u202e" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_field_errors_of_a_huge_refusal_are_not_kept(server, client):
    server.script("/api/v1/dashboard/import/", Reply(422, {"message": {f"f{n}": ["x" * 100] for n in range(20_000)}}))
    with pytest.raises(SupersetError) as refused:
        client.import_bundle(Endpoint.DASHBOARDS, b"PK")
    assert refused.value.context["fields"] == {}


def test_a_client_takes_its_limits_from_one_place(server):
    with SupersetClient(server.url, LOGIN, environment="dev", sizes=Sizes(lists=ListLimits(rows=1))) as client:
        assert client._paginator.limits.rows == 1


def test_the_body_of_a_redirect_is_bounded_like_every_other(server, connect):
    server.script("/api/v1/me/", Reply(302, b"x" * 2_000_000, {"Location": "/elsewhere"}))
    with pytest.raises(Unreachable, match="the response is larger than 1 MiB"):
        connect(sizes=Sizes(ordinary=1024 * 1024)).whoami()
