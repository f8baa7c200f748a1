"""`python -m rig.bench.footprint`: measures start-up time and memory of web and worker, at rest and under load.

Runs on a fresh SQLite installation without a Superset; `make bench` measures the same under real work. Memory is the
PSS of all processes, which counts shared pages once, sampled ten times a second; and the peak of a control group if one
can be created.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from rig import paths
from rig.bench.memory import MEGABYTE, Group, Highest, pss
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.ports import LOOPBACK, free_ports

TIMEOUT = 60.0
REQUESTS = 200
PAGES = ("/admin/login/", "/api/v1/tasks", "/static/lockstep/admin.css", "/admin/")
NOWHERE = ("here", "http://127.0.0.1:9"), ("there", "http://127.0.0.1:19")


@dataclass(frozen=True, slots=True)
class Footprint:
    """Seconds until ready, and megabytes: at rest, highest under load, peak of the control group, its limit; how many
    seconds the work took, and how many processes the kernel killed meanwhile for want of memory."""

    name: str
    work: str
    seconds: float
    rest: float
    busy: float
    peak: float | None
    took: float = 0.0
    limit: float | None = None
    kills: int = 0

    @property
    def most(self) -> float:
        return max(self.rest, self.busy, self.peak or 0.0)

    def line(self) -> str:
        peak = f"; control group peak {self.peak:.0f} MB" if self.peak else ""
        held = f"{self.rest:.0f} MB at rest, up to {self.busy:.0f} MB with {self.work} (PSS){peak}"
        return f"{self.name}: ready after {self.seconds:.1f} s, {held}"

    def row(self) -> str:
        peak, limit = (f"{each:.0f}" if each else "–" for each in (self.peak, self.limit))
        measured = f"{self.seconds:.1f} | {self.rest:.0f} | {self.busy:.0f} | {peak} | {limit} | {self.kills}"
        return f"| {self.name}, {self.work} | {measured} | {self.took:.1f} |"


def table(footprints: list[Footprint]) -> str:
    head = "| memory | ready, s | at rest, MB | highest, MB | control group, MB | its limit, MB | killed | work, s |"
    return "\n".join([head, f"| --- |{' ---: |' * 7}", *(each.row() for each in footprints)])


def web(lockstep: Lockstep, work: str, use: Callable[[str], None], *, limit: int | None = None) -> Footprint:
    """Measure the web server while `use` loads its address."""
    [port] = free_ports(1)
    address = f"http://{LOOPBACK}:{port}"
    options = ("--host", LOOPBACK, "--port", str(port), "--lifespan", "off", "--log-level", "error")
    command = ("-m", "uvicorn", "project.asgi:application", *options)
    program = Program("web", command, lambda _: status(address + PAGES[0]) == 200, limit)
    return _measured(lockstep, program, work, lambda: use(address))


def worker(lockstep: Lockstep, work: str, use: Callable[[], None], *, limit: int | None = None) -> Footprint:
    """Measure the worker while `use` gives it work."""
    program = Program("worker", ("manage.py", "worker"), lambda output: "Working with" in output, limit)
    return _measured(lockstep, program, work, use)


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    ready: Callable[[str], bool]
    """By its output so far."""

    limit: int | None = None
    """Bytes that its control group may take."""


def _measured(lockstep: Lockstep, program: Program, work: str, use: Callable[[], None]) -> Footprint:
    """Measure after a first start, which compiles everything."""
    with _running(lockstep, program):
        pass
    with _running(lockstep, program) as (pid, group, seconds):
        time.sleep(1)  # work right after start-up
        rest, highest, began = pss(pid), Highest(pid), time.monotonic()
        with highest.watched(), _ended_by(group):
            use()
        took, limit = time.monotonic() - began, program.limit and program.limit / MEGABYTE
        return Footprint(
            program.name, work, seconds, rest, highest.megabytes, group.peak, took=took, limit=limit, kills=group.kills
        )


@contextmanager
def _ended_by(group: Group) -> Iterator[None]:
    """What cannot be reached any more because the kernel killed it is a result, too."""
    try:
        yield
    except (OSError, HTTPException):
        if not group.kills:
            raise


@contextmanager
def _running(lockstep: Lockstep, program: Program) -> Iterator[tuple[int, Group, float]]:
    """Run a part of Lockstep, in its own control group if possible, and wait until it is ready."""
    output = lockstep.data.parent / f"{program.name}.log"
    environment = {**lockstep.environment, "DJANGO_SETTINGS_MODULE": "project.settings"}
    group, started = Group(program.name, program.limit), time.monotonic()
    with output.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *program.command], env=environment, cwd=paths.CHECKOUT, stdout=log, stderr=log
        )
    group.enter(process.pid)
    try:
        while not program.ready(output.read_text()):
            if process.poll() is not None or time.monotonic() - started > TIMEOUT:
                raise RigError(f"The {program.name} was not ready in time; its output:\n{output.read_text()}")
            time.sleep(0.02)
        yield process.pid, group, time.monotonic() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT)
        group.close()


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            answer.read()
            found: int = answer.status
            return found
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


# --- without a Superset


def alone() -> list[Footprint]:
    with tempfile.TemporaryDirectory(prefix="lockstep-footprint-") as folder:
        lockstep = Lockstep(Path(folder, "data"))
        lockstep.check_output("migrate", "--verbosity", "0")
        lockstep.check_output("create_admin", "admin", "--password-stdin", stdin=os.urandom(16).hex())
        for name, url in NOWHERE:
            lockstep.check_output(
                "environment", "add", name, url, "--username", "x", "--password-stdin", "--no-check", stdin="x"
            )
        return [
            web(lockstep, f"{REQUESTS} anonymous requests", _browse),
            worker(lockstep, "two plans at a time of an unreachable Superset", lambda: _plan(lockstep)),
        ]


def _browse(address: str) -> None:
    for number in range(REQUESTS):
        status(address + PAGES[number % len(PAGES)])


def _plan(lockstep: Lockstep) -> None:
    arguments = ("migration", "plan", *(name for name, _ in NOWHERE), "--all", "--queue")
    both = [threading.Thread(target=lockstep.run, args=arguments) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()


if __name__ == "__main__":
    for footprint in alone():
        print(footprint.line())
