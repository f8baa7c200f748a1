"""What has to be so before a write leaves, and what an answer proves of one that did."""

from dataclasses import replace
from time import monotonic, sleep

import pytest

from apps.superset.assets import Kind
from apps.superset.errors import Cancelled, OutcomeUnknown, ServerFault, SupersetError, Unreachable
from apps.superset.protocol import Silent
from apps.superset.releases.base import Endpoint
from apps.superset.tests.superset_server import Reply

CSRF_MISSING = Reply(400, {"errors": [{"message": "400 Bad Request: The CSRF token is missing."}]})


class TestFences:
    def test_a_write_is_let_go_after_the_sign_in_and_right_before_it_leaves(self, server, connect):
        seen = []
        client = connect()
        with client.fenced(lambda: seen.append([each.path.partition("?")[0] for each in server.asked()])):
            client.update(Kind.CHART, 3, {"description": "new"})
        assert seen == [["/api/v1/security/login", "/api/v1/security/csrf_token/"]]
        assert len(server.asked("PUT")) == 1

    def test_the_fence_is_asked_again_when_a_refused_token_makes_a_write_leave_twice(self, server, connect):
        asked = []
        server.script("/api/v1/chart/3", CSRF_MISSING)
        client = connect()
        with client.fenced(lambda: asked.append(len(server.asked("PUT")))):
            client.update(Kind.CHART, 3, {"description": "new"})
        assert asked == [0, 1]

    def test_what_is_not_let_go_is_not_sent(self, server, connect):
        def refuse():
            raise PermissionError

        client = connect()
        with pytest.raises(PermissionError), client.fenced(refuse):
            client.update(Kind.CHART, 3, {"description": "new"})
        assert server.asked("PUT") == []

    def test_a_process_that_was_stopped_after_the_question_does_not_send(self, server, connect, time):
        """It goes on when its connection stands, and finds that too much time has passed."""
        client = connect(pace=replace(time.pace, leaves_within=-1.0))
        with pytest.raises(Unreachable, match="was held up before it left, and was not sent") as held_up:
            client.update(Kind.CHART, 3, {"description": "new"})
        assert not held_up.value.uncertain
        assert server.asked("PUT") == []

    def test_a_run_that_is_stopped_does_not_await_its_write_for_ever(self, server, connect, time):
        class Stopped(Silent):
            def check_cancelled(self):
                if server.asked("PUT"):
                    raise Cancelled("stopped, as ada asked")

        server.script("/api/v1/chart/3", server.hang())
        client = connect(reporter=Stopped(), pace=replace(time.pace, patience=0.3, clock=monotonic), timeouts=None)
        began = monotonic()
        with pytest.raises(OutcomeUnknown, match="no longer waited for the response"):
            client.update(Kind.CHART, 3, {"description": "new"})
        assert monotonic() - began < 5

    def test_a_write_whose_process_stopped_after_the_fence_does_not_leave(self, server, connect, time):
        client = connect(pace=replace(time.pace, leaves_within=0.2))
        with pytest.raises(Unreachable, match="held up"), client.fenced(lambda: sleep(0.4)):
            client.update(Kind.CHART, 3, {"description": "new"})
        assert server.asked("PUT") == []


HTML = {"Content-Type": "text/html"}


class TestWhatARefusalProves:
    @pytest.mark.parametrize("status", [499, 500, 520, 524, 530])
    def test_a_response_of_another_server_leaves_the_outcome_open(self, server, connect, status):
        server.script("/api/v1/chart/3", Reply(status, b"<html>A timeout occurred</html>", HTML))
        with pytest.raises(OutcomeUnknown):
            connect().update(Kind.CHART, 3, {})

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
    def test_superset_s_own_word_is_certain(self, server, connect, status):
        server.script("/api/v1/chart/3", *[Reply(status, {"message": "no"})] * 2)
        with pytest.raises(SupersetError) as refused:
            connect().update(Kind.CHART, 3, {})
        assert not refused.value.uncertain

    @pytest.mark.parametrize("status", [413, 429])
    def test_413_and_429_are_certain_from_any_server(self, server, connect, status):
        server.script("/api/v1/chart/3", *[Reply(status, b"<html>no</html>", HTML)] * 9)
        with pytest.raises(SupersetError) as refused:
            connect().update(Kind.CHART, 3, {})
        assert not refused.value.uncertain

    @pytest.mark.parametrize("status", [302, 400, 403, 404, 408, 500, 502, 503, 504])
    def test_somebody_else_s_word_may_have_come_after_the_fact(self, server, connect, status):
        server.script("/api/v1/chart/3", Reply(status, b"<html>no</html>", {**HTML, "Location": "/elsewhere"}))
        with pytest.raises(SupersetError) as refused:
            connect().update(Kind.CHART, 3, {})
        assert refused.value.uncertain

    def test_a_fault_of_superset_s_is_not_certain(self, server, connect):
        server.script("/api/v1/chart/3", Reply(500, {"errors": [{"message": "deadlock"}]}))
        with pytest.raises(ServerFault) as failed:
            connect().update(Kind.CHART, 3, {})
        assert failed.value.uncertain

    def test_an_import_that_superset_gives_up_for_an_unknown_reason_is_rolled_back(self, server, connect):
        said = {"errors": [{"message": "Import failed for an unknown reason"}]}
        server.script("/api/v1/assets/import/", Reply(500, said))
        with pytest.raises(SupersetError) as failed:
            connect().import_bundle(Endpoint.ASSETS, b"PK")
        assert not failed.value.uncertain
