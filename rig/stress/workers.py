"""Real workers, each with all its processes in a session of its own: how they are found, struck and put to rest."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rig import paths

COMMAND = (sys.executable, "manage.py")
WORKERS = 2
POLL = 0.02
PR_SET_PDEATHSIG = 1
PRCTL = getattr(ctypes.CDLL(None), "prctl", None)
"""Linux only."""


class Worker:
    """A command of Lockstep that runs tasks. Its processes are those of its session, however many generations."""

    def __init__(self, words: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self._child = subprocess.Popen(
                [*COMMAND, *words],
                env=environment,
                cwd=paths.CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_dies_with_us,  # noqa: PLW1509 - what it calls is found beforehand, and takes no lock
            )
        self.pid = self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    @property
    def works(self) -> bool:
        return "Working with" in self.log.read_text(errors="replace")

    def processes(self) -> list[int]:
        """All that live, the first one first, even those whose first one is gone: looks at all of the machine's."""
        self._child.poll()
        return sorted(pid for pid in _all() if self._has(pid))

    def family(self) -> dict[int, list[int]]:
        """Those that descend from the first one, it among them, and the children of each; quick."""
        found: dict[int, list[int]] = {}
        waiting = [self.pid] if self.alive else []
        while waiting:
            pid = waiting.pop()
            found[pid] = children(pid)
            waiting += found[pid]
        return found

    def signal(self, pid: int, number: signal.Signals) -> bool:
        """Only what is in its session now is ever reached."""
        with suppress(ProcessLookupError):
            if self._has(pid):
                os.kill(pid, number)
                return True
        return False

    def _has(self, pid: int) -> bool:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return int(fields[3]) == self.pid and fields[0] not in "ZX"  # those only wait to be buried
        return False

    def resume(self) -> None:
        for pid in self.processes():
            self.signal(pid, signal.SIGCONT)

    def ask_to_end(self) -> None:
        self.resume()
        self.signal(self.pid, signal.SIGTERM)

    def is_gone(self, patience: float) -> bool:
        return until(lambda: not self.processes(), patience)

    def kill(self) -> None:
        for pid in self.processes():
            self.signal(pid, signal.SIGKILL)
        self._child.wait()


class Crew:
    """Those that were started so far in one run, and what was done to them."""

    def __init__(self, environment: dict[str, str], folder: Path, port: int) -> None:
        self._environment = environment
        self._folder = folder
        self._port = port
        self._started: list[Worker] = []
        self.struck: set[int] = set()
        """Numbers of processes that were killed, told to end or stopped, and of all that went with them."""

    def start(self, *, with_web: bool = False) -> Worker:
        words = ("run", "--port", str(self._port)) if with_web else ("worker",)
        log = self._folder / f"worker-{len(self._started) + 1}.log"
        self._started.append(Worker(words, self._environment, log))
        return self._started[-1]

    def fill_up(self, *, with_web: bool = False) -> None:
        """See to it that there are as many as there should be; a web server comes with the first that is missing."""
        for number in range(WORKERS - len(self.alive)):
            self.start(with_web=with_web and number == 0)

    @property
    def alive(self) -> list[Worker]:
        return [worker for worker in list(self._started) if worker.alive]

    def present(self) -> list[Worker]:
        """Those of which there still is a process, even if the first one is gone."""
        return [worker for worker in list(self._started) if worker.processes()]

    def strike(self, worker: Worker, pid: int, number: signal.Signals) -> bool:
        """Whether there still was such a process."""
        family = worker.family()
        doomed = [pid]
        for each in doomed:
            doomed += family.get(each, [])
        self.struck |= set(doomed)
        return worker.signal(pid, number)

    def resume(self) -> None:
        for worker in self.present():
            worker.resume()

    def kill(self) -> None:
        for worker in self.present():
            worker.kill()


def children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def until(holds: Callable[[], bool], patience: float) -> bool:
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(POLL)
    return True


def chosen(worker: Worker, dice: random.Random) -> int | None:
    """One of its processes, mostly of the last generation: where the work is. None if there is none now."""
    family = worker.family()
    leaves = [pid for pid, below in family.items() if not below and pid != worker.pid]
    generation = dice.choices((leaves, list(family), list(family)[:1]), weights=(7, 2, 1))[0]
    return dice.choice(generation) if generation else None


def _dies_with_us() -> None:
    """Whatever ends the stress leaves no worker behind. It counts from the thread that starts one: the main one."""
    if PRCTL:
        PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


def _all() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
