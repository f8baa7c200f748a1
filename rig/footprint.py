"""How long web and worker take to start, and what memory they hold: `python -m rig.footprint` prints both.

Each is started alone on a fresh SQLite installation and measured when idle, the web server once more after it has
answered some pages: the PSS of all its processes, in which shared pages count once. Where control groups can be made,
the peak of its group is told, too: what a container's limit sees, but for files that other processes had read before.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
GROUPS = Path("/sys/fs/cgroup")
PATIENCE = 60.0
MEGABYTE = 1_000_000
REQUESTS = 200
PAGES = ("/admin/login/", "/api/v1/tasks", "/static/lockstep/admin.css", "/admin/")


@dataclass(frozen=True, slots=True)
class Footprint:
    """Seconds until it works, and megabytes: then, after some work, and the peak of its control group."""

    name: str
    seconds: float
    idle: float
    busy: float | None
    peak: float | None

    def line(self) -> str:
        busy = f", {self.busy:.0f} MB after {REQUESTS} requests" if self.busy else ""
        peak = f"; peak of its control group {self.peak:.0f} MB" if self.peak else ""
        return f"{self.name}: ready after {self.seconds:.1f} s, {self.idle:.0f} MB idle{busy} (PSS){peak}"


class Group:
    """A control group with memory accounting, version 2 or 1; `peak` is None where none can be made."""

    def __init__(self, name: str) -> None:
        self._place: Path | None = None
        self._peak = ""
        for base, peak in ((GROUPS, "memory.peak"), (GROUPS / "memory", "memory.max_usage_in_bytes")):
            place = base / f"lockstep-{name}-{os.getpid()}"
            with suppress(OSError):
                place.mkdir()
                if (place / peak).exists():
                    self._place, self._peak = place, peak
                    return
                place.rmdir()

    def enter(self, pid: int) -> None:
        if self._place:
            try:
                (self._place / "cgroup.procs").write_text(str(pid))
            except OSError:
                self.close()

    @property
    def peak(self) -> float | None:
        return int((self._place / self._peak).read_text()) / MEGABYTE if self._place else None

    def close(self) -> None:
        if self._place:
            with suppress(OSError):
                self._place.rmdir()
        self._place = None


def measure() -> list[Footprint]:
    """The web server and the worker, one after the other."""
    with tempfile.TemporaryDirectory(prefix="lockstep-footprint-") as folder:
        data = Path(folder, "data")
        _manage(data, "migrate", "--verbosity", "0").wait(PATIENCE)
        return [_web(data), _worker(data)]


def _web(data: Path) -> Footprint:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = ("--host", "127.0.0.1", "--port", str(port), "--lifespan", "off", "--log-level", "error")
    command = ("-m", "uvicorn", "project.asgi:application", *options)
    with _started("web", data, *command) as (pid, group, started):
        _wait(lambda: _get(address + PAGES[0]) == 200)
        seconds, idle = time.monotonic() - started, pss(pid)
        for number in range(REQUESTS):
            _get(address + PAGES[number % len(PAGES)])
        return Footprint("web", seconds, idle, pss(pid), group.peak)


def _worker(data: Path) -> Footprint:
    log = data.parent / "worker.log"
    with _started("worker", data, "manage.py", "worker") as (pid, group, started):
        _wait(lambda: "Working with" in log.read_text())
        seconds = time.monotonic() - started
        time.sleep(3)  # its processes come up
        return Footprint("worker", seconds, pss(pid), None, group.peak)


@contextmanager
def _started(name: str, data: Path, *command: str) -> Iterator[tuple[int, Group, float]]:
    """A process in a control group of its own if that can be made; ended afterwards."""
    group, started = Group(name), time.monotonic()
    with (data.parent / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            env=_environment(data),
            cwd=CHECKOUT,
            stdout=log,
            stderr=log,
        )
    group.enter(process.pid)
    try:
        yield process.pid, group, started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        group.close()


def pss(pid: int) -> float:
    """Megabytes of the process and all that descend from it; shared pages are divided among those that share them."""
    total, family = 0, [pid]
    for each in family:
        with suppress(OSError):
            family.extend(children(each))
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024 / MEGABYTE


def children(pid: int) -> list[int]:
    """Process numbers, in the order in which they were started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _environment(data: Path) -> dict[str, str]:
    ours = ("LOCKSTEP_", "DJANGO_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"LOCKSTEP_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "project.settings"}


def _manage(data: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "manage.py", *words], env=_environment(data), cwd=CHECKOUT)


def _get(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            answer.read()
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _wait(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            raise SystemExit(f"It was not ready after {PATIENCE:.0f} seconds.")
        time.sleep(0.05)


if __name__ == "__main__":
    for footprint in measure():
        print(footprint.line())
