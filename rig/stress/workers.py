"""Real workers, each with all its processes in a session of its own: finding, signalling and stopping them."""

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
STOPS_WITHIN = 2.0
PR_SET_PDEATHSIG = 1
PRCTL = getattr(ctypes.CDLL(None), "prctl", None)
"""Linux only."""


class Worker:
    """A command of Lockstep that runs tasks. Its processes are all processes of its session."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self._child = subprocess.Popen(
                [*COMMAND, *arguments],
                env=environment,
                cwd=paths.CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - its calls are resolved beforehand and need no lock
            )
        self.pid = self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    @property
    def works(self) -> bool:
        return "Working with" in self.log.read_text(errors="replace")

    def processes(self) -> list[int]:
        """All live processes, the main one first, even if that has ended: scans all processes of the machine."""
        self._child.poll()
        return sorted(pid for pid in _all_processes() if self._has(pid))

    def family(self) -> dict[int, list[int]]:
        """The first process and its descendants, with the children of each; quick."""
        found: dict[int, list[int]] = {}
        waiting = [self.pid] if self.alive else []
        while waiting:
            pid = waiting.pop()
            found[pid] = children(pid)
            waiting += found[pid]
        return found

    def signal(self, pid: int, number: signal.Signals) -> bool:
        """Whether it was sent; only processes of this session are ever signalled."""
        with suppress(ProcessLookupError):
            if self._has(pid):
                os.kill(pid, number)
                return True
        return False

    def stop(self, pid: int) -> bool:
        """Whether the process still existed; it does nothing more when this returns."""
        sent = self.signal(pid, signal.SIGSTOP)
        return sent and wait_until(lambda: self._state(pid) in ("", "T"), STOPS_WITHIN)

    def _has(self, pid: int) -> bool:
        return bool(self._state(pid))

    def _state(self, pid: int) -> str:
        """As in /proc; empty without such a process of this session."""
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == self.pid and fields[0] not in "ZX":  # zombies wait to be reaped
                return fields[0]
        return ""

    def resume(self) -> None:
        for pid in self.processes():
            self.signal(pid, signal.SIGCONT)

    def ask_to_end(self) -> None:
        self.resume()
        self.signal(self.pid, signal.SIGTERM)

    def is_gone(self, timeout: float) -> bool:
        return wait_until(lambda: not self.processes(), timeout)

    def kill(self) -> None:
        for pid in self.processes():
            self.signal(pid, signal.SIGKILL)
        self._child.wait()


class WorkerPool:
    """All workers started in one run, and the processes that were signalled."""

    def __init__(self, environment: dict[str, str], folder: Path, port: int) -> None:
        self._environment = environment
        self._folder = folder
        self._port = port
        self._started: list[Worker] = []
        self.signalled: set[int] = set()
        """Processes that were killed, terminated or stopped, and their descendants."""

    def start(self, *, with_web: bool = False) -> Worker:
        arguments = ("run", "--port", str(self._port)) if with_web else ("worker",)
        log = self._folder / f"worker-{len(self._started) + 1}.log"
        self._started.append(Worker(arguments, self._environment, log))
        return self._started[-1]

    def fill_up(self, *, with_web: bool = False) -> None:
        """Start the missing workers, the first of them with a web server if asked for."""
        for number in range(WORKERS - len(self.alive)):
            self.start(with_web=with_web and number == 0)

    @property
    def alive(self) -> list[Worker]:
        return [worker for worker in list(self._started) if worker.alive]

    def present(self) -> list[Worker]:
        """Workers with any process left, even if the main one has ended."""
        return [worker for worker in list(self._started) if worker.processes()]

    def signal(self, worker: Worker, pid: int, number: signal.Signals) -> bool:
        """Whether the process still existed. It is stopped first: what it forks until the signal arrives dies, too."""
        if not worker.stop(pid):
            return False
        family = worker.family()
        affected = [pid]
        for each in affected:
            affected += family.get(each, [])
        self.signalled |= set(affected)
        sent = worker.signal(pid, number)
        if number != signal.SIGSTOP:
            worker.signal(pid, signal.SIGCONT)
        return sent

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


def wait_until(holds: Callable[[], bool], timeout: float) -> bool:
    end = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(POLL)
    return True


def choose_process(worker: Worker, rng: random.Random) -> int | None:
    """One of the processes, mostly a leaf, which does the work. None if there is none."""
    family = worker.family()
    leaves = [pid for pid, below in family.items() if not below and pid != worker.pid]
    generation = rng.choices((leaves, list(family), list(family)[:1]), weights=(7, 2, 1))[0]
    return rng.choice(generation) if generation else None


def _die_with_parent() -> None:
    """No worker outlives the stress test. Applies to the thread that starts it, which is the main one."""
    if PRCTL:
        PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


def _all_processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
