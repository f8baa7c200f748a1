import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic

import pytest

from apps.superset.assets import Kind
from apps.superset.errors import (
    AuthRejected,
    Cancelled,
    NotConfigured,
    OutcomeUnknown,
    RateLimited,
    ServerFault,
    Unreachable,
)
from apps.superset.http.pace import Pace
from apps.superset.http.retry import Backoff
from apps.superset.protocol import Silent
from apps.superset.releases.base import Endpoint
from apps.superset.tests.superset_server import Reply

BUSY = Reply(429, {"errors": [{"message": "429 Too Many Requests: 50 per 1 second"}]})
DOWN = Reply(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"})
CSRF_MISSING = Reply(400, {"errors": [{"message": "400 Bad Request: The CSRF token is missing."}]})


class TestReads:
    @pytest.mark.parametrize("trouble", [BUSY, DOWN, Reply(500), Reply(503), Reply(504)])
    def test_a_read_is_repeated_until_it_succeeds(self, server, connect, time, trouble):
        server.script("/api/v1/me/", trouble, trouble)
        assert connect().whoami()["username"] == "ada"
        assert time.slept == [0.5, 1.0]

    def test_a_read_is_repeated_when_the_connection_is_dropped(self, server, connect, time):
        server.script("/api/v1/me/", server.drop())
        assert connect().whoami()["username"] == "ada"
        assert time.slept == [0.5]

    @pytest.mark.parametrize(
        ("trouble", "error"), [(BUSY, RateLimited), (DOWN, Unreachable), (Reply(500), ServerFault)]
    )
    def test_a_read_is_given_up_after_five_tries(self, server, connect, time, trouble, error):
        server.script("/api/v1/me/", *[trouble] * 9)
        with pytest.raises(error) as given_up:
            connect().whoami()
        assert type(given_up.value) is error
        assert time.slept == [0.5, 1.0, 2.0, 4.0]

    def test_an_export_that_superset_fails_at_is_tried_once_more_only(self, server, connect, time):
        """Its answer is the same however often, and whoever asked looks for the asset at fault."""
        server.script("/api/v1/dashboard/export", *[Reply(500, {"message": "Fatal error"})] * 9)
        with pytest.raises(ServerFault, match="Fatal error"):
            connect().export(Kind.DASHBOARD, [1, 2])
        assert time.slept == [0.5]

    @pytest.mark.parametrize("status", [400, 403, 404])
    def test_what_will_not_change_is_not_repeated(self, server, connect, time, status):
        server.script("/api/v1/me/", Reply(status, {"message": "no"}))
        with pytest.raises(Exception, match="dev"):
            connect().whoami()
        assert time.slept == []

    def test_retry_after_is_honoured(self, server, connect, time):
        busy = Reply(429, {}, {"Retry-After": "7"})
        server.script("/api/v1/me/", busy)
        connect().whoami()
        assert time.slept == [7.5]

    def test_retry_after_as_a_date_is_measured_by_the_server_s_clock(self, server, connect, time):
        dates = {"Retry-After": "Mon, 23 Nov 2020 10:00:09 GMT", "Date": "Mon, 23 Nov 2020 10:00:00 GMT"}
        server.script("/api/v1/me/", Reply(503, {}, dates))
        connect().whoami()
        assert time.slept == [9.5]

    def test_a_wait_of_more_than_a_minute_is_left_to_the_caller(self, server, connect, time):
        server.script("/api/v1/me/", Reply(429, {}, {"Retry-After": "3600"}))
        with pytest.raises(RateLimited, match="Wait 3600 s"):
            connect().whoami()
        assert time.slept == []

    def test_every_repetition_is_reported(self, server, connect):
        lines = []

        class RecordingReporter(Silent):
            def log(self, text, *, level="info", **facts):
                lines.append((level, text))

        server.script("/api/v1/me/", BUSY)
        connect(reporter=RecordingReporter()).whoami()
        assert lines == [("warning", "dev answered 429 (/api/v1/me/), trying again in 0.5 s")]

    def test_a_redirect_is_not_followed_but_explained(self, server, connect):
        server.script("/api/v1/me/", Reply(301, b"", {"Location": "https://bi.example.com/api/v1/me/?token=x"}))
        with pytest.raises(NotConfigured, match=r"redirected to https://bi\.example\.com/api/v1/me/,"):
            connect().whoami()
        assert len(server.asked("GET", "/me/")) == 1


class TestWrites:
    def test_a_csrf_token_and_its_cookie_are_fetched_before_the_first_write_only(self, server, connect):
        client = connect()
        client.whoami()
        assert server.asked("GET", "/csrf_token/") == []
        client.import_bundle(Endpoint.ASSETS, b"PK")
        client.delete(Kind.CHART, [1])
        assert len(server.asked("GET", "/csrf_token/")) == 1

    @pytest.mark.parametrize("method", ["PUT", "POST"], ids=["json", "multipart"])
    def test_a_refused_csrf_token_is_fetched_again_and_the_write_sent_once_more(self, server, connect, method):
        client = connect()
        client.import_bundle(Endpoint.ASSETS, b"PK")
        server.csrf = {}
        before = len(server.seen)
        client.update(Kind.CHART, 1, {"cache_timeout": 1}) if method == "PUT" else client.import_bundle(
            Endpoint.ASSETS, b"PK"
        )
        assert [seen.method for seen in server.seen[before:]] == [method, "GET", method]

    def test_a_csrf_token_that_is_refused_twice_is_an_error(self, server, connect):
        server.script("/api/v1/assets/", *[Reply(302, b"", {"Location": "/login/?next=%2Fapi"})] * 3)
        with pytest.raises(AuthRejected, match="this session twice, and did not carry the request out"):
            connect().import_bundle(Endpoint.ASSETS, b"PK")
        assert len(server.asked("POST", "/assets/")) == 2

    def test_a_csrf_token_that_json_is_refused_for_twice_is_the_same_error(self, server, connect):
        server.script("/api/v1/chart/1", *[CSRF_MISSING] * 3)
        with pytest.raises(AuthRejected, match="refused the CSRF token"):
            connect().update(Kind.CHART, 1, {})

    def test_a_refused_access_token_is_renewed_and_the_write_sent_once_more(self, server, connect):
        client = connect()
        client.import_bundle(Endpoint.ASSETS, b"PK")
        server.revoke()
        client.import_bundle(Endpoint.ASSETS, b"PK")
        assert [seen.path for seen in server.seen[-3:]] == [
            "/api/v1/assets/import/",
            "/api/v1/security/refresh",
            "/api/v1/assets/import/",
        ]

    @pytest.mark.parametrize("location", ["https://sso.example.com/login/", "/elsewhere", "http://127.0.0.1/login/"])
    def test_any_other_redirect_of_a_write_is_an_error_and_not_followed(self, server, connect, location):
        server.script("/api/v1/assets/", Reply(302, b"", {"Location": location}))
        with pytest.raises(NotConfigured, match="redirects are not followed"):
            connect().import_bundle(Endpoint.ASSETS, b"PK")
        assert len(server.asked("POST", "/assets/")) == 1

    @pytest.mark.parametrize("trouble", [DOWN, Reply(503), Reply(504)])
    def test_a_write_that_a_proxy_answered_has_an_unknown_outcome(self, server, connect, time, trouble):
        server.script("/api/v1/assets/", trouble)
        with pytest.raises(OutcomeUnknown, match="a proxy responded"):
            connect().import_bundle(Endpoint.ASSETS, b"PK")
        assert len(server.asked("POST", "/assets/")) == 1
        assert time.slept == []

    def test_a_write_whose_answer_is_lost_has_an_unknown_outcome_and_is_not_repeated(self, server, connect):
        server.script("/api/v1/chart/1", server.drop())
        with pytest.raises(OutcomeUnknown, match="dev: chart 1: a change was sent and its outcome is not known"):
            connect().update(Kind.CHART, 1, {})
        assert len(server.asked("PUT")) == 1

    def test_a_write_answered_with_a_page_has_an_unknown_outcome(self, server, connect):
        server.script("/api/v1/assets/", Reply(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}))
        with pytest.raises(OutcomeUnknown, match="returned an HTML page instead of JSON"):
            connect().import_bundle(Endpoint.ASSETS, b"PK")

    @pytest.mark.parametrize("trouble", [Reply(500), Reply(503, {}, {"Retry-After": "3"})], ids=["500", "503"])
    def test_no_write_is_repeated_when_the_server_is_in_trouble(self, server, connect, time, trouble):
        server.script("/api/v1/chart/", trouble)
        with pytest.raises((ServerFault, OutcomeUnknown)):
            connect().delete(Kind.CHART, [1])
        assert len(server.asked("DELETE")) == 1
        assert time.slept == []

    def test_a_csrf_resource_that_gives_no_token_is_an_error_and_nothing_is_sent(self, server, connect):
        server.script("/api/v1/security/csrf_token/", Reply(200, {"message": "off"}))
        with pytest.raises(ServerFault, match="did not return a CSRF token"):
            connect().import_bundle(Endpoint.ASSETS, b"PK")
        assert server.asked("POST", "/import/") == []


class TestWritesThatAreTooMany:
    """429: nothing was carried out, so the request may go out again."""

    WRITES = pytest.mark.parametrize(
        ("method", "write"),
        [
            ("POST", lambda client: client.import_bundle(Endpoint.ASSETS, b"PK")),
            ("POST", lambda client: client.import_bundle(Endpoint.DASHBOARDS, b"PK")),
            ("PUT", lambda client: client.update(Kind.CHART, 1, {})),
            ("DELETE", lambda client: client.delete(Kind.CHART, [1])),
        ],
        ids=["assets", "dashboards", "update", "delete"],
    )

    @WRITES
    def test_each_kind_of_write_is_sent_again_until_it_is_taken(self, server, connect, time, method, write):
        client = connect()
        client.update(Kind.CHART, 2, {})  # signed in, with a CSRF token
        before = len(server.asked(method))
        server.script("/api/v1/", BUSY, BUSY)
        write(client)
        assert len(server.asked(method)) - before == 3
        assert time.slept == [1.0, 2.0]

    @pytest.mark.parametrize(
        ("headers", "slept"),
        [
            ({"Retry-After": "90"}, 91.0),
            ({"Retry-After": "2.5"}, 3.5),
            ({"Retry-After": "Mon, 23 Nov 2020 10:00:09 GMT", "Date": "Mon, 23 Nov 2020 10:00:00 GMT"}, 10.0),
            ({"Retry-After": "Mon, 23 Nov 2020 10:00:00 GMT"}, 1.0),
            ({"Retry-After": "²"}, 1.0),
            ({"Retry-After": "soon"}, 1.0),
        ],
        ids=["seconds", "a-part-of-a-second", "a-date", "a-date-that-is-past", "no-ascii-digit", "a-word"],
    )
    def test_a_write_refused_with_429_waits_as_long_as_the_server_asks(self, server, connect, time, headers, slept):
        server.script("/api/v1/chart/", Reply(429, {}, headers))
        connect().delete(Kind.CHART, [1])
        assert time.slept == [slept]

    def test_a_date_without_the_server_s_own_is_measured_by_our_clock(self, server, connect, time):
        server.script(
            "/api/v1/chart/",
            Reply(429, {}, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=60))}),
        )
        connect().delete(Kind.CHART, [1])
        assert 55 < time.slept[0] <= 61

    def test_endless_429s_end_within_bounds_and_report_the_write_as_not_carried_out(self, server, connect, time):
        server.script("/api/v1/chart/", *[BUSY] * 50)
        with pytest.raises(RateLimited, match="is limiting requests and did not carry this one out"):
            connect().delete(Kind.CHART, [1])
        assert len(server.asked("DELETE")) == 8
        assert sum(time.slept) < 120

    def test_a_server_that_asks_for_an_hour_is_not_waited_for(self, server, connect, time):
        server.script("/api/v1/chart/", Reply(429, {}, {"Retry-After": "3600"}))
        with pytest.raises(RateLimited, match="Wait 3600 s"):
            connect().delete(Kind.CHART, [1])
        assert (len(server.asked("DELETE")), time.slept) == (1, [])

    def test_what_comes_after_a_429_counts_like_a_first_answer(self, server, connect):
        server.script("/api/v1/chart/", BUSY, server.drop())
        with pytest.raises(OutcomeUnknown):
            connect().delete(Kind.CHART, [1])
        assert len(server.asked("DELETE")) == 2

    def test_a_token_that_ran_out_during_the_wait_is_renewed(self, server, connect, time):
        client = connect()
        server.script("/api/v1/chart/", BUSY, Reply(401, {"msg": "Token has expired"}), BUSY)
        client.delete(Kind.CHART, [1])
        assert len(server.asked("DELETE")) == 4

    def test_a_write_that_waits_is_given_up_when_the_run_is_cancelled(self, server, connect):
        server.script("/api/v1/chart/", Reply(429, {}, {"Retry-After": "50"}))
        client = connect(reporter=Stopped(lambda: server.asked("DELETE")), pace=Pace())
        began = monotonic()
        with pytest.raises(Cancelled):
            client.delete(Kind.CHART, [1])
        assert monotonic() - began < 2
        assert len(server.asked("DELETE")) == 1


class Stopped(Silent):
    """Cancelled from the moment that `when` is true."""

    def __init__(self, when):
        self.when = when

    def check_cancelled(self):
        if self.when():
            raise Cancelled("stopped")


class TestCancelling:
    def test_a_cancelled_read_is_given_up_between_two_tries(self, server, connect):
        server.script("/api/v1/me/", BUSY)
        with pytest.raises(Cancelled):
            connect(reporter=Stopped(lambda: server.asked("GET", "/me/"))).whoami()

    @pytest.mark.parametrize("path", ["/api/v1/me/", "/api/v1/security/login"])
    def test_a_read_and_a_sign_in_that_wait_for_an_answer_are_given_up(self, server, connect, path):
        server.script(path, server.hang())
        client = connect(reporter=Stopped(lambda: server.asked(path=path)))
        started = monotonic()
        with pytest.raises(Cancelled):
            client.whoami()
        assert monotonic() - started < 2

    def test_a_cancelled_read_that_sleeps_before_another_try_is_given_up(self, server, connect):
        began: list[float] = []
        server.script("/api/v1/me/", Reply(503, {}, {"Retry-After": "50"}))
        client = connect(reporter=Stopped(lambda: began and monotonic() - began[0] > 0.5), pace=Pace())
        began.append(monotonic())
        with pytest.raises(Cancelled):
            client.whoami()
        assert monotonic() - began[0] < 2

    def test_a_write_that_was_sent_is_awaited(self, server, connect):
        answered = threading.Event()

        def slowly(connection):
            answered.wait(0.6)
            body = b'{"message": "OK"}'
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n" + body
            )

        server.script("/api/v1/assets/", Reply(misbehave=slowly))
        client = connect(reporter=Stopped(lambda: server.asked("POST", "/assets/")))
        client.import_bundle(Endpoint.ASSETS, b"PK")
        with pytest.raises(Cancelled):
            client.list_rows("chart", ["id"])

    def test_the_result_of_a_write_can_be_read_after_a_cancellation(self, server, connect):
        client = connect(reporter=Stopped(lambda: True), pace=Pace(rest=0.01))
        with client.uninterrupted():
            assert client.list_rows("dashboard", ["id"])
        with pytest.raises(Cancelled):
            client.list_rows("dashboard", ["id"])

    def test_the_answer_to_a_write_is_not_awaited_for_ever_from_a_server_that_hangs(self, server, connect, time):
        client = connect(reporter=Stopped(lambda: True), pace=replace(time.pace, finishing=0.3, clock=monotonic))
        server.script("/api/v1/dashboard/", server.hang())
        with pytest.raises(Cancelled), client.uninterrupted():
            client.list_rows("dashboard", ["id"])

    def test_a_client_that_was_given_up_on_is_of_use_afterwards(self, server, connect):
        server.script("/api/v1/me/", server.hang())
        reporter = Stopped(lambda: server.asked("GET", "/me/"))
        client = connect(reporter=reporter)
        with pytest.raises(Cancelled):
            client.whoami()
        reporter.when = bool
        assert client.whoami()["username"] == "ada"


def test_the_client_rests_before_each_read(server, connect, time):
    pace = replace(time.pace, rest=0.5)
    client = connect(pace=pace)
    client.whoami()
    client.whoami()
    assert time.slept == [0.5, 0.5, 0.5, 0.5]  # the version and the sign-in, too


def test_time_since_the_last_answer_counts_towards_the_pause(server, connect, time):
    client = connect(pace=replace(time.pace, rest=0.5))
    client.whoami()
    del time.slept[:]
    for busy in (0.125, 0.5, 3.0):
        time.now += busy
        client.whoami()
    assert time.slept == [0.375]


class TestBackoff:
    def test_the_longest_wait_doubles_up_to_a_cap(self):
        backoff = Backoff(tries=9)
        assert [backoff.delay(failures, share=1.0) for failures in range(1, 9)] == [0.5, 1, 2, 4, 8, 15, 15, 15]

    def test_the_backoff_has_full_jitter(self):
        assert Backoff().delay(3, share=0.0) == 0
        assert Backoff().delay(3, share=0.25) == 0.5

    def test_backoff_ends(self):
        assert Backoff(tries=3).delay(3, share=1.0) is None
