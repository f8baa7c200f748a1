"""`make demo` between the start and the end of its servers."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from project.tests.real.test_tampering import drop_metric
from rig.demo import demo
from rig.lockstep import DONE, FAILED, Lockstep
from rig.ports import free_ports
from rig.progress import Progress
from rig.servers.pair import Pair
from rig.servers.tamper import editing, tampering
from rig.service import Service


@dataclass
class Scene:
    """The Lockstep of the demo, with prod behind a proxy that changes nothing unless a test says so."""

    pair: Pair
    lockstep: Lockstep
    honest: bool = True

    def spoil(self, bundle: bytes) -> bytes:
        return bundle if self.honest else editing(drop_metric)(bundle)

    def tasks(self) -> list[tuple[str, str]]:
        return [(task["action"], task["state"]) for task in reversed(self.lockstep.json("task", "list"))]


@pytest.fixture(scope="module")
def scene(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("demo")
    running, [port] = Service("run", folder), free_ports(1)
    scene = Scene(copy.copy(pair), Lockstep(folder / "lockstep"))
    pair.reset()
    with tampering(pair.prod.url, upload=scene.spoil) as proxy:
        scene.pair.prod = replace(pair.prod, port=urlsplit(proxy.url).port or 0)
        scene.lockstep = demo.prepare(scene.lockstep.data, scene.pair, Progress())
        leave_a_task(scene.lockstep, folder)
        try:
            demo.start(scene.lockstep, running, port, Progress())
            yield scene
        finally:
            running.stop()


def leave_a_task(lockstep: Lockstep, folder: Path) -> None:
    """Queue a task like a demo that is interrupted before its worker takes it."""
    interrupted = Service("interrupted", folder)
    interrupted.start(lockstep, "catalogue", "sync", "dev", "--queue")
    interrupted.wait_for_output("waits for it")
    interrupted.stop()


def test_what_an_interrupted_demo_left_is_finished_first(scene: Scene):
    assert scene.tasks() == [("sync", "succeeded")]


def test_a_demo_whose_migration_fails_fails(scene: Scene, capfd: pytest.CaptureFixture[str]):
    scene.honest = False
    assert demo.migrate(scene.lockstep, scene.pair) == FAILED
    assert scene.tasks()[-2:] == [("plan", "succeeded"), ("apply", "failed")]
    assert capfd.readouterr().out.endswith("The migration failed, see above.\n")


def test_the_worker_migrates_once_and_then_there_is_nothing_to_do(scene: Scene, capfd: pytest.CaptureFixture[str]):
    scene.pair.reset()
    scene.honest = True
    before = len(scene.tasks())
    assert [demo.migrate(scene.lockstep, scene.pair) for _ in range(2)] == [DONE, DONE]
    assert scene.tasks()[before:] == [(action, "succeeded") for action in ("plan", "apply", "plan")]
    output = capfd.readouterr()
    assert "34 to create, 0 unchanged." in output.out
    assert output.out.count("3 datasets, 3 dashboards, 28 charts: all equal") == 2
    assert "  Verify: read 34 assets back" in output.err
    demo.fill_catalogue(scene.lockstep, scene.pair, Progress())
    assert len(scene.lockstep.json("catalogue", "show", "prod")["assets"]) == 3
