"""What is found out about an environment, each check where all is well and where it is not."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from apps.doctor.findings import Check, Finding, State, worst
from apps.doctor.services.environments import examine_environment, stored_state
from apps.environments.models import Environment
from apps.environments.tests.factories import Servers, make_environment
from apps.superset.checks.rights import CONTENT, rights_on_source, rights_on_target
from apps.superset.errors import AuthRejected, Cancelled, Unreachable
from apps.superset.releases.supported import release_of
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.remote.pulse import Pulse
from apps.superset.tests.fake_superset import FakeSuperset

pytestmark = pytest.mark.django_db

OF_SOURCE = frozenset(rights_on_source(RELEASE.permissions))
ALL = frozenset(rights_on_target(RELEASE.permissions)) | {
    RELEASE.permissions.on(RELEASE.permissions.write, kind) for kind in CONTENT
}


@pytest.fixture
def server():
    server = FakeSuperset("dev")
    server.rights = ALL
    return server


@pytest.fixture
def servers(monkeypatch, server):
    return Servers(dev=server).install(monkeypatch)


@pytest.fixture
def dev(servers):
    return make_environment("dev")


def states(findings):
    return {each.check: each.state for each in findings}


def found(environment, check):
    return next(each for each in examine_environment(environment) if each.check is check)


def test_all_is_well(dev, servers):
    findings = examine_environment(dev)
    assert [(each.check, each.state, each.environment) for each in findings] == [
        (check, State.OK, "dev")
        for check in (Check.SIGN_IN, Check.RELEASE, Check.RIGHTS, Check.SERVER_CLOCK, Check.LATENCY)
    ]
    assert findings[0].sentence == "Lockstep signs in as “robot” at https://dev.example.com."
    assert servers.closed == servers.opened


def test_it_is_a_test_of_the_connection_too(dev):
    examine_environment(dev)
    assert Environment.objects.get().state == "ok"


def test_one_that_refuses_the_account_says_so_and_the_rest_is_not_known(dev, servers):
    refusal = AuthRejected("the user name or the password was refused", environment="dev")
    servers.servers["dev"] = refusal
    findings = examine_environment(dev)
    assert (findings[0].state, findings[0].sentence) == (State.FAILED, refusal.detail)
    assert findings[0].next_step == refusal.next_step
    assert {each.state for each in findings[1:]} == {State.UNKNOWN}
    assert Environment.objects.get().last_error["kind"] == "credentials_refused"


def test_a_release_that_is_not_supported_fails_as_such(dev, server, monkeypatch):
    monkeypatch.setattr(server, "release", lambda: release_of("3.1.0", environment="dev"))
    found = states(examine_environment(dev))
    assert (found[Check.RELEASE], found[Check.SIGN_IN]) == (State.FAILED, State.UNKNOWN)


def test_a_release_that_is_newer_is_a_warning(dev, server, monkeypatch):
    monkeypatch.setattr(server, "release", lambda: release_of("7.0.0"))
    release = found(dev, Check.RELEASE)
    assert release.state is State.WARNING
    assert "treated like 6.1" in release.sentence


def test_an_account_that_cannot_write_is_good_for_a_source(dev, server):
    server.rights = OF_SOURCE
    rights = found(dev, Check.RIGHTS)
    assert rights.state is State.WARNING
    assert "can come from here, but cannot go here" in rights.sentence
    assert "can_write on Dashboard" in rights.facts["as_target"]


def test_an_account_that_cannot_read_is_good_for_nothing(dev, server):
    server.rights = ALL - {("can_read", "Chart")}
    rights = found(dev, Check.RIGHTS)
    assert (rights.state, rights.facts["as_source"]) == (State.FAILED, ["can_read on Chart"])


def test_rights_that_the_server_does_not_show_are_not_known(dev, server):
    server.rights = frozenset()
    assert found(dev, Check.RIGHTS).state is State.UNKNOWN


def test_rights_that_cannot_be_read_leave_the_rest(dev, server, monkeypatch):
    def fail():
        raise Unreachable("no answer", environment="dev")

    monkeypatch.setattr(server, "account", fail)
    assert states(examine_environment(dev)) == {
        Check.SIGN_IN: State.OK,
        Check.RELEASE: State.OK,
        Check.RIGHTS: State.FAILED,
        Check.SERVER_CLOCK: State.OK,
        Check.LATENCY: State.OK,
    }


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (0.0, State.OK, "agrees"),
        (-4.0, State.OK, "agrees"),
        (90.0, State.WARNING, "90 s ahead"),
        (-400.0, State.FAILED, "400 s behind"),
        (None, State.UNKNOWN, "does not state its time"),
    ],
)
def test_the_clock_of_the_server_is_compared(dev, server, ahead, state, words):
    server.found_pulse = Pulse(0.1, ahead)
    clock = found(dev, Check.SERVER_CLOCK)
    assert (clock.state, words in clock.sentence) == (state, True)


def test_a_slow_server_is_a_warning(dev, server):
    server.found_pulse = Pulse(1.5, 0.0)
    latency = found(dev, Check.LATENCY)
    assert (latency.state, latency.facts) == (State.WARNING, {"milliseconds": 1500})


def test_a_disabled_one_is_not_asked(dev, servers):
    dev.enabled = False
    assert [each.state for each in examine_environment(dev)] == [State.UNKNOWN]
    assert not servers.opened


def test_without_asking_the_last_contact_is_told(dev, servers):
    assert stored_state(dev)[0].sentence == "Not asked yet."
    examine_environment(dev)
    servers.opened.clear()
    (only,) = stored_state(Environment.objects.get())
    assert (only.state, only.sentence.startswith("Not asked now. Last contact: 2")) == (State.UNKNOWN, True)
    assert not servers.opened


def test_one_who_stops_it_is_heard(dev, servers, monkeypatch):
    def stop():
        raise Cancelled("stopped")

    monkeypatch.setattr(servers.servers["dev"], "pulse", stop)
    with pytest.raises(Cancelled):
        examine_environment(dev)


def test_a_finding_is_read_in_the_language_of_its_reader(dev, server):
    server.found_pulse = Pulse(0.1, 90.0)
    stored = found(dev, Check.SERVER_CLOCK).stored()
    assert stored["sentence"] == "Its clock is 90 s ahead of that of this machine."
    with override("ru"):
        read = Finding.from_stored(stored)
    assert read.sentence == "Его часы спешат на 90 с по сравнению с часами этой машины."
    assert Finding.from_stored(stored).sentence == stored["sentence"]


def test_what_is_unknown_makes_nothing_worse():
    unknown, warning = (Finding(Check.QUEUE, state, "…") for state in (State.UNKNOWN, State.WARNING))
    assert worst([]) is State.OK
    assert worst([unknown]) is State.OK
    assert worst([unknown, warning]) is State.WARNING


def test_no_secret_is_in_a_finding(dev):
    secret = dev.secret.reveal()
    assert secret not in str([each.stored() for each in examine_environment(dev)])
