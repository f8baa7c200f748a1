import ssl
import time as clock

import pytest

from apps.superset.broken import explained
from apps.superset.channel import Pace
from apps.superset.errors import *
from apps.superset.tests.connecting import Time, connecting
from apps.superset.tests.superset_server import Reply, SupersetServer
from apps.superset.tests.test_writer import *


@pytest.fixture
def server():
    with SupersetServer() as running:
        yield running


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def connect(server, time):
    with connecting(server, time) as connect:
        yield connect


@pytest.mark.parametrize("status", [520, 522, 524, 499, 530])
def test_p4_gateway(connect, server, status):
    server.script(
        "/api/v1/assets/import/", Reply(status, b"<html>A timeout occurred</html>", {"Content-Type": "text/html"})
    )
    with pytest.raises(SupersetError) as e:
        connect().import_assets(b"PK")
    print(repr(e.value), e.value, e.value.uncertain)
    assert isinstance(e.value, OutcomeUnknown)


class Gateway524(Silenced):
    def import_assets(self, bundle):
        self.arrived("assets/import")
        self.held = [bundle]
        error = ServerFault("Superset failed with 524", environment="prod")
        error.uncertain = True
        raise error


def test_p4_late_commit(migrated):
    planned = migrated.plan()
    migrated.prod.__class__ = Gateway524
    with pytest.raises(ServerFault):
        migrated.apply(planned)
    assert outcomes(migrated) == ["sent"]


def test_p6_stopped_between_question_and_exchange(connect, server):
    client = connect(pace=Pace(leaves_within=0.2))
    with pytest.raises(SupersetError):
        with client.fenced(lambda: clock.sleep(0.6)):  # the commit is done, and the process was stopped after it
            client.import_assets(b"PK")
    assert not [s for s in server.seen if s.path.startswith("/api/v1/assets/import")]


def test_p7_alert():
    error = ssl.SSLError(1, "[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error (_ssl.c:2580)")
    error.reason = "TLSV1_ALERT_INTERNAL_ERROR"
    assert explained(error, connect=1, read=1).sent


def test_p10_an_owner_added_meanwhile_is_kept(migrated):
    key = REVENUE
    migrated.prod.owners[key] = [7]
    planned = migrated.plan()

    class Meanwhile(FakeSuperset):
        def import_assets(self, bundle):
            super().import_assets(bundle)
            if 8 not in self.owners[key]:
                self.owners[key].append(8)  # a colleague adds an owner during the run

    migrated.prod.__class__ = Meanwhile
    try:
        r = migrated.apply(planned)
        print(r.verified)
    except Exception as e:
        print(repr(e))
    print(migrated.prod.owners[key])
    assert 8 in migrated.prod.owners[key]


def test_p11_expiry_between_preflight_and_end():
    pass


def test_p12_upd_answered_500(migrated):
    pass
