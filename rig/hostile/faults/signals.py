"""Signals to a process at a chosen moment: while a request is held at the gateway."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rig.hostile.gateway.rules import Gate
from rig.hostile.trial import Trial, wait_until
from rig.service import Service

BEGINS = re.compile(r"Attempt (\d+) starts in process (\d+) on ")
TIMEOUT = 60.0


def process_of(trial: Trial, task: int) -> int:
    """The process that runs a task; RuntimeError if there is none."""
    found: list[int] = []

    def look() -> bool:
        lines = trial.lockstep.json("task", "lines", str(task), "--level", "debug")
        found[:] = [int(match[2]) for line in lines if (match := BEGINS.match(line["text"]))]
        return bool(found)

    if not wait_until(look, TIMEOUT):
        raise RuntimeError(f"no process began task {task}")
    return found[-1]


def latest_task(trial: Trial) -> int:
    return max(int(row["id"]) for row in trial.lockstep.json("task", "list"))


def send_signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def kill_worker(worker: Service) -> None:
    """Kill all its processes at once, as when the machine fails."""
    process = worker.process()
    if process:
        for pid in (process.pid, *_children(process.pid)):
            send_signal(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    try:
        below = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [*below, *(deeper for each in below for deeper in _children(each))]


@contextmanager
def asleep(pids: list[int]) -> Iterator[None]:
    """Stop these processes, and continue them afterwards."""
    for pid in pids:
        send_signal(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            send_signal(pid, signal.SIGCONT)


def wait_for_gate(gate: Gate) -> None:
    if not gate.wait_for_request(TIMEOUT):
        raise RuntimeError("the expected request never reached the gate")
