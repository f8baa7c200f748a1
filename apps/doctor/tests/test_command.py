"""`lockstep doctor`, from the words typed to what is printed and the exit code."""

from __future__ import annotations

import json

import pytest

from apps.doctor.findings import Check, Finding, State
from apps.doctor.management.commands import doctor as command
from apps.environments.tests.factories import Servers, make_environment
from apps.superset.errors import Unreachable
from apps.superset.tests.fake_superset import FakeSuperset
from apps.users.models import User

pytestmark = pytest.mark.django_db

WELL = [Finding(Check.DATABASE, State.OK, "SQLite 3.40 answers.")]


@pytest.fixture(autouse=True)
def servers(monkeypatch):
    return Servers(dev=FakeSuperset("dev"), prod=FakeSuperset("prod")).install(monkeypatch)


@pytest.fixture
def installation(monkeypatch):
    """What was found of the installation."""
    findings = list(WELL)
    monkeypatch.setattr(command, "examine_installation", lambda: list(findings))
    return findings


@pytest.fixture
def dev():
    return make_environment("dev")


def test_all_is_well(manage, installation, dev):
    code, said, told = manage("doctor")
    assert code == 0, said
    assert said.splitlines()[:3] == [
        "ok         Database      SQLite 3.40 answers.",
        "ok         dev: Sign-in  Lockstep signs in as “robot” at https://dev.example.com.",
        "ok         dev: Release  Superset 6.1.0 is supported.",
    ]
    assert "Asking “dev” …" in told


def test_a_failure_ends_with_1_and_says_what_to_do(manage, installation, dev, servers):
    servers.servers["dev"] = Unreachable("the connection was refused", environment="dev")
    code, said, _ = manage("doctor")
    assert code == 1
    lines = said.splitlines()
    assert lines[1] == "failed     dev: Sign-in  the connection was refused"
    assert lines[2].strip() == "Check the address and that the server is up, then try again."


def test_a_warning_alone_ends_with_2(manage, installation):
    installation.append(Finding(Check.QUEUE, State.WARNING, "Task 7 waits.", "Look at it."))
    code, said, _ = manage("doctor")
    assert (code, "warning  Queue     Task 7 waits.\n                   Look at it." in said) == (2, True)


def test_offline_sends_nothing_to_any_environment(manage, installation, dev, servers):
    code, said, told = manage("doctor", "--offline")
    assert (code, told) == (0, "")
    assert "not known  dev: Sign-in  Not asked yet." in said
    assert not servers.opened


def test_environments_are_chosen_by_name(manage, installation, dev, servers):
    make_environment("prod"), make_environment("test")
    code, _, _ = manage("doctor", "--environment", "prod", "--environment", "DEV")
    assert (code, set(servers.opened)) == (0, {"dev", "prod"})


def test_one_that_is_not_there_is_named(manage, installation, dev):
    code, said, told = manage("doctor", "--environment", "nowhere")
    assert (code, said) == (1, "")
    assert "There is no environment “nowhere”" in told


def test_without_a_database_no_environment_is_asked(manage, installation, dev, servers):
    installation[0] = Finding(Check.DATABASE, State.FAILED, "It cannot be used.")
    code, said, _ = manage("doctor", "--environment", "dev")
    assert (code, said) == (1, "failed  Database  It cannot be used.\n")
    assert not servers.opened


def test_as_json_each_check_is_an_object(manage, installation, dev):
    code, said, _ = manage("doctor", "--format", "json")
    found = json.loads(said)
    assert (code, found["state"]) == (0, "ok")
    assert found["checks"][0] == {
        "check": "database",
        "environment": None,
        "state": "ok",
        "sentence": "SQLite 3.40 answers.",
        "next_step": "",
        "facts": {},
    }
    assert found["checks"][-1]["check"] == "latency"
    assert found["checks"][-1]["environment"] == "dev"
    assert found["checks"][-1]["facts"] == {"milliseconds": 20}


def test_as_markdown_it_is_a_table(manage, installation):
    _, said, _ = manage("doctor", "--format", "markdown")
    assert said.splitlines()[2] == "| ok | Database | SQLite 3.40 answers. |  |"


def test_states_have_colours_at_a_terminal(manage, installation):
    installation.append(Finding(Check.QUEUE, State.WARNING, "Task 7 waits."))
    _, said, _ = manage("doctor", "--force-color")
    assert "\x1b[32mok\x1b[0m" in said
    assert "\x1b[33mwarning\x1b[0m" in said


def test_wrong_usage_ends_with_1(manage):
    assert manage("doctor", "--everything")[0] == 1


def test_somebody_without_the_permission_is_refused(manage, installation, dev, author):
    User.objects.create_user("somebody")
    code, said, told = manage("doctor", "--as", "somebody")
    assert (code, said) == (1, "")
    assert "doctor.examine" in told
