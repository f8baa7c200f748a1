"""`make demo` between the start and the end of its servers: the first start tells a story, later ones only start."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from project.tests.real.world import BIRTHS, AccessLog
from rig import paths
from rig.check.checker import snapshot
from rig.check.rest import Superset
from rig.demo import demo, seed, story
from rig.demo.approver import Person
from rig.demo.people import APPROVER, password_of
from rig.lockstep import DONE, PENDING, Lockstep
from rig.ports import LOOPBACK, free_ports
from rig.progress import Progress
from rig.servers.pair import Pair
from rig.service import Service

COMMAND = re.compile(r"^ +((?:echo \S+ \| )?LOCKSTEP_DATA_DIR=.*)$", re.MULTILINE)
PASSWORD = "correct horse battery staple"


@dataclass
class Scene:
    """The demo over the servers of the tests."""

    pair: Pair
    lockstep: Lockstep
    service: Service
    port: int
    outputs: list[str] = field(default_factory=list)

    def start(self, capfd: pytest.CaptureFixture[str]) -> int:
        """Start it as `make demo` does when its servers run; the output is kept."""
        self.service.stop()
        capfd.readouterr()
        code = demo.start(self.pair, self.service, self.lockstep, self.port, Progress())
        self.outputs.append(capfd.readouterr().out)
        return code

    @property
    def output(self) -> str:
        return self.outputs[-1]

    def tasks(self) -> list[tuple[str, str]]:
        return [(task["action"], task["state"]) for task in reversed(self.lockstep.json("task", "list"))]

    def migrations(self) -> dict[int, str]:
        return {row["id"]: row["status"] for row in self.lockstep.json("migration", "list")}

    def servers(self) -> tuple[Superset, Superset]:
        return Superset(self.pair.dev.url), Superset(self.pair.prod.url)


@pytest.fixture(scope="module")
def scene(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder, [port] = tmp_path_factory.mktemp("demo"), free_ports(1)
    scene = Scene(pair, Lockstep(folder / "lockstep"), Service("run", folder), port)
    pair.reset()
    try:
        yield scene
    finally:
        scene.service.stop()


@pytest.fixture(scope="module")
def told(scene: Scene) -> Scene:
    """After the tests of the first start."""
    assert story.is_complete(scene.lockstep)
    return scene


def everything(scene: Scene) -> tuple[Any, ...]:
    """What a start must leave alone in Lockstep."""
    commands = (("environment", "list"), ("user", "list"), ("mapping", "list", "dev", "prod"))
    listed = [scene.lockstep.json(*command) for command in commands]
    for environment in listed[0]:
        environment.pop("last_contact", None)
    return listed, scene.migrations(), scene.tasks()


# --- the first start


def test_an_interrupted_first_start_is_not_complete(
    scene: Scene, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(story, "STORY", (*story.STORY[:2], ("Ctrl-C", (interrupt,))))
    with pytest.raises(KeyboardInterrupt):
        scene.start(capfd)
    assert not story.is_complete(scene.lockstep)


def test_the_next_start_starts_over_and_plays_the_whole_story(scene: Scene, capfd: pytest.CaptureFixture[str]):
    Superset(scene.pair.dev.url).update("dashboard", 6, {"dashboard_title": "Edited meanwhile"})
    assert scene.start(capfd) == DONE
    assert "Starting over" in scene.output
    assert "34 to create, 0 unchanged." in scene.output
    assert "3 datasets, 3 dashboards, 28 charts: all equal" in scene.output
    assert scene.migrations() == {1: "succeeded"}
    [approval] = [
        each for each in scene.lockstep.json("migration", "show", "1")["decisions"] if each["kind"] == "approve"
    ]
    assert approval["actor"] == APPROVER


def test_the_story_leaves_a_protected_prod_and_a_stored_mapping(told: Scene):
    protected = {row["name"]: row["protected"] for row in told.lockstep.json("environment", "list")}
    assert protected == {"dev": False, "prod": True}
    assert told.lockstep.check_output("mapping", "list", "dev", "prod").count("warehouse") == 1


def test_both_people_sign_in_with_the_printed_passwords(told: Scene):
    printed = re.findall(r"Lockstep +http\S+ +(\w+) / (\S+)", told.output)
    assert len(printed) == 2
    for name, password in printed:
        Person(f"http://{LOOPBACK}:{told.port}", name, password).sign_out()


# --- later starts


def test_a_second_start_with_a_second_superuser_and_an_edit_of_dev_only_starts(
    told: Scene, capfd: pytest.CaptureFixture[str]
):
    told.lockstep.check_output("create_admin", "eve", "--password-stdin", stdin=PASSWORD)
    dev, prod = told.servers()
    dev.update("dashboard", int(dev.one("dashboard", "births")["id"]), {"dashboard_title": "My edit"})
    before, logs = everything(told), [AccessLog(server) for server in told.pair.both]
    assert told.start(capfd) == DONE
    assert [log.writes() for log in logs] == [[], []]
    assert everything(told) == before
    titles = [server.one("dashboard", "births")["dashboard_title"] for server in (dev, prod)]
    assert titles == ["My edit", "USA Births Names"]


def test_every_printed_command_works_as_it_stands(told: Scene):
    before = snapshot(told.servers()[1])
    plan, submit, apply, rollback = COMMAND.findall(told.output)
    planned = typed(told, plan, code=PENDING)
    assert f"~ {seed.TITLE}" in planned
    assert f"filter “{seed.FILTER}”: default nothing → {seed.DEFAULT}" in planned
    assert "2 to update" in planned
    typed(told, submit)
    approve(told)
    typed(told, apply)
    assert told.migrations()[2] == "succeeded"
    typed(told, rollback)
    assert told.migrations()[2] == "rolled back"
    assert before.changed(snapshot(told.servers()[1])) == set()


def test_a_start_amid_what_people_changed_says_so_and_changes_nothing(told: Scene, capfd: pytest.CaptureFixture[str]):
    run = told.lockstep.check_output
    assert (
        told.lockstep.run("migration", "plan", "dev", "prod", "--dashboard", BIRTHS, "--as", "admin").returncode
        == PENDING
    )
    run("migration", "submit", "3", "--as", "admin")
    run("mapping", "remove", "dev", "prod", "examples", "--yes", "--as", "admin")
    run("user", "revoke", APPROVER, "approver", "--where", "prod", "--yes", "--as", "eve")
    run("user", "set-password", "admin", "--password-stdin", "--as", "eve", stdin=PASSWORD)
    run("environment", "disable", "dev", "--as", "admin")
    before = everything(told)
    assert told.start(capfd) == DONE
    assert everything(told) == before
    assert "admin: the password was changed" in told.output
    assert "(may no longer approve)" in told.output
    assert "dev is disabled. Enable it" in told.output
    assert "Migration 3 waits for approval." in told.output
    enable, *_ = COMMAND.findall(told.output)
    typed(told, enable)


def typed(scene: Scene, command: str, *, code: int = DONE) -> str:
    """The output of a command that a person types in the checkout, which ends with this code."""
    environment = {name: value for name, value in scene.lockstep.environment.items() if name != "LOCKSTEP_DATA_DIR"}
    done = subprocess.run(
        command, shell=True, cwd=paths.CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done
    return done.stdout


def interrupt(_: story.Stage) -> None:
    raise KeyboardInterrupt


def approve(scene: Scene) -> None:
    url, data = f"http://{LOOPBACK}:{scene.port}", scene.lockstep.data
    person = Person(url, APPROVER, password_of(Path(data), APPROVER))
    person.approve(max(scene.migrations()), note="")
    person.sign_out()
