"""What the demo does that needs no Superset: its marks, what it finds in Lockstep, and what it tells to do next."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands
from django.utils import timezone

from apps.catalogue.models import DatabaseMapping
from apps.environments.tests.factories import make_environment
from apps.freezes.services import add_freeze
from apps.migrations.status import Status
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role
from rig.demo import browser, ports, story
from rig.demo.closing import show
from rig.demo.found import Environment, Found, Migration
from rig.demo.look import find
from rig.demo.next_steps import NextSteps
from rig.demo.people import APPROVER, new_password, password_of
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.progress import Progress
from rig.servers.instances import Instance
from rig.servers.pair import Pair

ADDRESS = "http://127.0.0.1:8187/"


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path / "servers", dev_port=8188, prod_port=8189)


@pytest.fixture
def lockstep(tmp_path: Path) -> Lockstep:
    return Lockstep(tmp_path / "demo data")


# --- played once


class Steps:
    """A story whose steps only count, and fail if they are to."""

    def __init__(self) -> None:
        self.taken = 0
        self.fault: BaseException | None = None

    def take(self, _: story.Stage) -> None:
        self.taken += 1
        if self.fault and self.taken > 1:
            raise self.fault


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    steps = Steps()
    monkeypatch.setattr(story, "STORY", (("One", (steps.take,)), ("Two", (steps.take,))))
    return steps


def test_a_story_is_complete_once_all_its_steps_are_done(lockstep: Lockstep, pair: Pair, steps: Steps):
    lockstep.data.mkdir()
    story.play(story.Stage(pair, lockstep, "", Progress()))
    assert story.is_complete(lockstep)
    assert steps.taken == 2


@pytest.mark.parametrize("fault", [RigError("It failed."), KeyboardInterrupt()], ids=["failed", "interrupted"])
def test_a_story_that_ends_early_is_not_complete(lockstep: Lockstep, pair: Pair, steps: Steps, fault: BaseException):
    lockstep.data.mkdir()
    steps.fault = fault
    with pytest.raises(type(fault)):
        story.play(story.Stage(pair, lockstep, "", Progress()))
    assert not story.is_complete(lockstep)


def test_what_an_interrupted_start_left_of_lockstep_is_removed(lockstep: Lockstep, pair: Pair, capsys: Any):
    lockstep.data.mkdir()
    (lockstep.data / "db.sqlite3").write_text("half")
    story.reset_unfinished(lockstep, pair, Progress())
    assert not lockstep.data.exists()
    assert "Starting over" in capsys.readouterr().out


def test_a_file_of_a_server_whose_copy_was_killed_is_copied_again(tmp_path: Path):
    server, tables = Instance("dev", tmp_path, 8188), tmp_path / "template.db"
    tables.write_text("whole")
    server.tables.with_suffix(".part").write_text("hal")
    server.put_tables(tables)
    assert server.tables.read_text() == "whole"
    assert not server.tables.with_suffix(".part").exists()


def test_a_later_start_has_the_ports_of_the_one_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("LOCKSTEP_DEMO_DIR", str(tmp_path))
    for name in ("DEV_PORT", "PROD_PORT", "LOCKSTEP_PORT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "demo").mkdir()
    ports.remember(ports.Ports(9001, 9002, 9003))
    assert ports.ports_from_environment() == ports.Ports(9001, 9002, 9003)
    ports.forget()
    assert ports.ports_from_environment() == ports.Ports()


# --- the browser


@pytest.mark.parametrize(
    ("environment", "terminal", "opens"),
    [
        ({"DISPLAY": ":0"}, True, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True, True),
        ({}, True, False),
        ({"DISPLAY": ":0"}, False, False),
        ({"DISPLAY": ":0", "CI": "true"}, True, False),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, True, False),
        ({"DISPLAY": ":0", "DEMO_OPEN": "0"}, True, False),
        ({"DISPLAY": ":0", "DEMO_OPEN": "1"}, True, True),
    ],
)
def test_the_browser_opens_only_before_a_person(environment: dict[str, str], *, terminal: bool, opens: bool):
    assert browser.has_person(environment, terminal=terminal, platform="linux") is opens


# --- what a start finds


@pytest.fixture
def prod(author: User, pair: Pair) -> Any:
    return make_environment("prod", url=pair.prod.url, protected=True)


@pytest.fixture
def approver(author: User, prod: Any, data_dir: Path) -> User:
    data_dir.mkdir(exist_ok=True)
    password = new_password(data_dir, APPROVER).read_text()
    user = User.objects.create_user(APPROVER, password=password, is_staff=True)
    grant_role(actor=author, user=user, role=get_role("approver"), where="prod")
    return user


def hindrance(pair: Pair, data_dir: Path) -> str:
    return str(find(pair.dev.url, pair.prod.url, data=data_dir)["people"][APPROVER])


def test_an_approver_whom_nobody_touched_can_do_their_part(approver: User, pair: Pair, data_dir: Path):
    assert hindrance(pair, data_dir) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"is_active": False}, "deactivated"),
        ({"is_staff": False}, "no longer staff"),
        ({"username": "anna"}, "gone"),
        ({"password": "!"}, "password changed"),
    ],
)
def test_what_keeps_the_approver_from_their_part_is_found(
    approver: User, pair: Pair, data_dir: Path, changes: dict[str, Any], said: str
):
    User.objects.filter(pk=approver.pk).update(**changes)
    assert hindrance(pair, data_dir) == said


def test_an_approver_who_lost_the_role_is_found(approver: User, pair: Pair, data_dir: Path):
    approver.grants.all().delete()
    assert hindrance(pair, data_dir) == "may not approve"


def test_an_environment_with_another_name_is_found_by_its_address(prod: Any, pair: Pair, data_dir: Path):
    type(prod).objects.filter(pk=prod.pk).update(slug="production", name="production")
    found = find(pair.dev.url, pair.prod.url, data=data_dir)
    assert found["target"]["slug"] == "production"
    assert found["source"] is None


def test_a_removed_mapping_is_found(author: User, prod: Any, pair: Pair, data_dir: Path):
    dev = make_environment("dev", url=pair.dev.url)
    sides = {"source": dev, "target": prod, "source_name": "examples", "target_name": "warehouse"}
    uuids = {
        "source_uuid": "a2dc77af-e654-49bb-b321-40f6b559a1ee",
        "target_uuid": "5b0f8a5e-6a3c-4d55-9b1e-7f3a3f0c9d42",
    }
    mapping = DatabaseMapping.objects.create(**sides, **uuids, confirmed_by=author)
    assert find(pair.dev.url, pair.prod.url, data=data_dir)["mapped"] is True
    mapping.delete()
    assert find(pair.dev.url, pair.prod.url, data=data_dir)["mapped"] is False


def test_a_freeze_of_prod_is_found(author: User, prod: Any, pair: Pair, data_dir: Path):
    assert find(pair.dev.url, pair.prod.url, data=data_dir)["frozen"] == ""
    now = timezone.now()
    add_freeze(actor=author, reason="Quarter end", starts=now - timedelta(hours=1), ends=now + timedelta(hours=1))
    assert find(pair.dev.url, pair.prod.url, data=data_dir)["frozen"].endswith("UTC")


# --- what is next


def found(*statuses: str, **changes: Any) -> Found:
    """As after the story, and further migrations with these statuses."""
    migrations = [Migration(number, status) for number, status in enumerate(("succeeded", *statuses), 1)]
    facts: dict[str, Any] = {
        "people": {"admin": "", APPROVER: ""},
        "administrators": ["admin"],
        "source": Environment("dev", "http://127.0.0.1:8188"),
        "target": Environment("prod", "http://127.0.0.1:8189", protected=True),
        "mapped": True,
        "migrations": migrations[::-1],
        "last_number": len(migrations),
        "frozen": "",
        "tasks": [],
    }
    return Found(**{**facts, **changes})


def words(next_steps: NextSteps) -> list[str]:
    return [step.words for step in next_steps.steps(ADDRESS)]


def commands(next_steps: NextSteps) -> list[str]:
    """The verbs of all commands, in order."""
    steps = [*next_steps.steps(ADDRESS), next_steps.undo()]
    typed = [each for step in steps if step for each in step.commands]
    return ["approve" if each.startswith("#") else shlex.split(each.rpartition("| ")[2])[3] for each in typed]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (found(), ["plan", "submit", "approve", "apply", "rollback"]),
        (found("planned"), ["submit", "approve", "apply", "rollback"]),
        (found("submitted"), ["approve", "apply", "rollback"]),
        (found("approved"), ["apply", "rollback"]),
        (found("succeeded"), ["plan", "submit", "approve", "apply", "rollback"]),
        (found("rolled back"), ["plan", "submit", "approve", "apply", "rollback"]),
        (found("withdrawn"), ["plan", "submit", "approve", "apply", "rollback"]),
        (found("draft"), ["replan", "submit", "approve", "apply", "rollback"]),
        (found("rejected"), ["replan", "submit", "approve", "apply", "rollback"]),
        (found("failed"), ["show", "rollback"]),
        (found("planned", target=Environment("prod", "http://127.0.0.1:8189")), ["apply", "rollback"]),
        (found(source=Environment("dev", "http://127.0.0.1:8188", enabled=False)), ["enable", "plan", "rollback"]),
        (found(source=Environment("dev", "http://127.0.0.1:9000")), ["edit", "plan", "rollback"]),
    ],
)
def test_the_next_commands_fit_what_was_found(lockstep: Lockstep, pair: Pair, state: Found, expected: list[str]):
    assert commands(NextSteps(state, lockstep, pair)) == expected


@pytest.mark.parametrize("status", list(Status))
def test_every_status_of_a_migration_has_something_to_do_next(lockstep: Lockstep, pair: Pair, status: Status):
    assert 2 <= len(words(NextSteps(found(status), lockstep, pair))) <= 3


def test_every_command_is_one_of_lockstep_on_the_data_of_the_demo(lockstep: Lockstep, pair: Pair):
    for step in NextSteps(found(), lockstep, pair).steps(ADDRESS):
        for each in step.commands:
            if not each.startswith("#"):
                data, command, verb, *_ = shlex.split(each)
                assert (data, command) == (f"LOCKSTEP_DATA_DIR={lockstep.data}", ".venv/bin/lockstep")
                assert verb in get_commands()


def test_without_a_stored_mapping_the_plan_names_it(lockstep: Lockstep, pair: Pair):
    [plan] = NextSteps(found(mapped=False), lockstep, pair).steps(ADDRESS)[1].commands
    assert "--map-database examples=warehouse" in plan


def test_another_administrator_acts_if_the_first_is_deactivated(lockstep: Lockstep, pair: Pair):
    steps = NextSteps(found(administrators=["eve"]), lockstep, pair).steps(ADDRESS)
    assert steps[0].words.endswith("sign in as eve")
    assert steps[1].commands[0].endswith("--as eve")


def test_without_an_administrator_one_is_created(lockstep: Lockstep, pair: Pair):
    [step] = NextSteps(found(administrators=[]), lockstep, pair).steps(ADDRESS)
    assert "create_admin" in step.commands[0]


def test_with_a_removed_environment_the_way_to_reset_unfinished_is_named(lockstep: Lockstep, pair: Pair):
    assert "make demo-down" in words(NextSteps(found(target=None), lockstep, pair))[1]


def test_who_else_approves_is_said_if_the_approver_cannot(lockstep: Lockstep, pair: Pair):
    people = {"admin": "", APPROVER: "deactivated"}
    assert "another person who may" in words(NextSteps(found("submitted", people=people), lockstep, pair))[1]


def test_a_start_says_what_it_cannot_read_and_goes_on(lockstep: Lockstep, pair: Pair, capsys: Any):
    lockstep.environment["DATABASE_URL"] = "nonsense"
    show(lockstep, pair, ADDRESS)
    output = capsys.readouterr().out
    assert "could not be read" in output
    assert "dev       http://127.0.0.1:8188/  admin: no response" in output


def test_a_password_is_kept_where_only_its_owner_reads_it(tmp_path: Path):
    path = new_password(tmp_path, APPROVER)
    assert path.stat().st_mode & 0o077 == 0
    assert password_of(tmp_path, APPROVER) == path.read_text()
    assert password_of(tmp_path, "nobody") == ""
