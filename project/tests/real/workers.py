"""Real workers on real servers, and a gate that holds a request, to kill them there."""

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

from project.tests.real.world import CommandResult, World
from rig import paths
from rig.service import Service

TIMEOUT = 60.0
BEGINS = re.compile(r"Attempt (\d+) starts in process (\d+) on ")

PLACES = {"preflight": ("export", 0), "send": ("upload", 1), "repair": ("upload", 2), "verify": ("export", 2)}
"""Stages of an apply that creates charts: the held request, and the number of uploads before."""


class Gate:
    """Part of a proxy before the target; holds the first request of a stage."""

    def __init__(self) -> None:
        self.url = ""
        self._uploads = 0
        self._place: tuple[str, int] | None = None
        self._reached, self._open = threading.Event(), threading.Event()

    def close_at(self, place: str) -> None:
        self._uploads, self._place = 0, PLACES[place]
        self._reached.clear()
        self._open.clear()

    def wait_for_request(self) -> None:
        assert self._reached.wait(TIMEOUT), "no request reached the gate"

    def open(self) -> None:
        """Release the held request, even if its client is gone."""
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
            self._open.wait(TIMEOUT)
        return bundle


ALL_LEVELS = ("--level", "debug", "--level", "info", "--level", "warning", "--level", "error")


class Worker:
    """`manage.py worker` of the Lockstep under test."""

    def __init__(self, world: World, name: str, folder: Path) -> None:
        self._service = Service(name, folder)
        self._service.start(world.lockstep, "worker")
        self._service.wait_for_output("Working with")

    def kill(self) -> None:
        process = self._service.process()
        assert process
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(TIMEOUT)

    def stop(self) -> None:
        self._service.stop()


class Followed:
    """A command with `--queue` that runs beside the test."""

    def __init__(self, world: World, child: subprocess.Popen[str]) -> None:
        self._world, self._child = world, child
        assert child.stderr
        self.task = int(child.stderr.readline().split()[1])  # “Task 7 is queued; …”

    def attempts(self) -> list[tuple[int, int]]:
        """(number, process) of each attempt so far; checks that the lines have no gaps."""
        output = self._world.run("task", "lines", str(self.task), *ALL_LEVELS, "--format", "json")
        lines: list[dict[str, Any]] = list(output.document)  # type: ignore[arg-type]
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        found = (BEGINS.match(line["text"]) for line in lines)
        return [(int(match[1]), int(match[2])) for match in found if match]

    def kill_its_process(self) -> None:
        os.kill(self.attempts()[-1][1], signal.SIGKILL)

    def answer(self) -> CommandResult:
        stdout, stderr = self._child.communicate(timeout=TIMEOUT)
        return CommandResult(self._child.returncode, stdout, stderr)


@contextmanager
def followed(world: World, *arguments: str) -> Iterator[Followed]:
    command = world.lockstep.command([*arguments, "--queue", "--format", "json"])
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


def wait_until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + TIMEOUT
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)
