"""Real workers over real servers, and a gate that holds their work at a chosen place, to kill them there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from project.tests.real.world import Answer, World
from rig import paths
from rig.service import Running

PATIENCE = 60.0
BEGINS = re.compile(r"attempt (\d+) begins in process (\d+) on ")

PLACES = {"preflight": ("export", 0), "send": ("upload", 1), "repair": ("upload", 2), "verify": ("export", 2)}
"""In the apply of a plan that creates charts: the request that is held, and how many uploads there were by then."""


class Gate:
    """Stands in a proxy before the target. Closed at a place, it holds the first request that comes there."""

    def __init__(self) -> None:
        self.url = ""
        self._uploads = 0
        self._place: tuple[str, int] | None = None
        self._reached, self._open = threading.Event(), threading.Event()

    def close_at(self, place: str) -> None:
        self._uploads, self._place = 0, PLACES[place]
        self._reached.clear()
        self._open.clear()

    def await_request(self) -> None:
        assert self._reached.wait(PATIENCE), "nothing came to the gate"

    def open(self) -> None:
        """What was held goes on, whether the one who asked still lives or not."""
        self._place = None
        self._open.set()

    def upload(self, bundle: bytes) -> bytes:
        self._uploads += 1
        return self._pass("upload", bundle)

    def export(self, bundle: bytes) -> bytes:
        return self._pass("export", bundle)

    def _pass(self, kind: str, bundle: bytes) -> bytes:
        if self._place == (kind, self._uploads):
            self._reached.set()
            self._open.wait(PATIENCE)
        return bundle


class Worker:
    """`manage.py worker` over the world's Lockstep."""

    def __init__(self, world: World, name: str, folder: Path) -> None:
        self._running = Running(name, folder)
        self._running.start(world.lockstep, "worker")
        self._running.await_said("Working with")

    def kill(self) -> None:
        process = self._running.process()
        assert process
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(PATIENCE)

    def stop(self) -> None:
        self._running.stop()


class Followed:
    """A command with `--queue` that runs beside the test."""

    def __init__(self, world: World, child: subprocess.Popen[str]) -> None:
        self._world, self._child = world, child
        assert child.stderr
        self.task = int(child.stderr.readline().split()[1])  # “Task 7 is queued; …”

    def attempts(self) -> list[tuple[int, int]]:
        """(number, process) of each attempt so far. The lines have no gaps, whatever happened to whom."""
        told = self._world.run("task", "lines", str(self.task), "--format", "json")
        lines: list[dict[str, Any]] = list(told.document)  # type: ignore[arg-type]
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        found = (BEGINS.match(line["text"]) for line in lines)
        return [(int(match[1]), int(match[2])) for match in found if match]

    def kill_its_process(self) -> None:
        os.kill(self.attempts()[-1][1], signal.SIGKILL)

    def answer(self) -> Answer:
        said, complaint = self._child.communicate(timeout=PATIENCE)
        return Answer(self._child.returncode, said, complaint)


@contextmanager
def followed(world: World, *words: str) -> Iterator[Followed]:
    command = world.lockstep.command([*words, "--queue", "--format", "json"])
    with subprocess.Popen(
        command,
        env=world.lockstep.environment,
        cwd=paths.CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            yield Followed(world, child)
        finally:
            child.kill()


def await_that(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)
