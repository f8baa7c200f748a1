"""`python -m rig.bench.plugins`: measures the cost of thirty installed plugins.

Each round starts the web server without and with them, on one fresh SQLite installation, and requests the list of
plugins. The plugins are packages of one module with three actions, as small plugins are.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from rig.bench.footprint import TIMEOUT
from rig.bench.stopwatch import Goal, Stopwatch, machine
from rig.paths import CHECKOUT

PLUGINS = 30
ROUNDS = int(os.environ.get("ROUNDS", "5"))
REQUESTS = 100
ADMIN, PASSWORD = "ada", "only-for-this-measurement"

GOAL = Goal("start, 30 plugins", "start, no plugin", 1.1)
LIST_GOAL = 0.05
"""Seconds, for the list of plugins."""

MODULE = """
from dataclasses import dataclass, field
from apps.plugins.base import Action, Plugin

@dataclass(frozen=True)
class Params:
    name: str = field(metadata={{"title": "Name"}})
    times: int = 1
    tags: tuple[str, ...] = ()

def run(context, params):
    context.log(params.name)

plugin = Plugin(
    slug="dummy{number}",
    title="Dummy {number}",
    version="1.0",
    settings=Params,
    actions=tuple(Action(slug=slug, title=slug, params=Params, run=run) for slug in ("first", "second", "third")),
)
"""


def main() -> int:
    stopwatch = Stopwatch()
    with tempfile.TemporaryDirectory(prefix="lockstep-plugins-") as name:
        folder = Path(name)
        site = install(folder / "site")
        _manage(folder, "migrate", "--verbosity", "0")
        _manage(folder, "create_admin", ADMIN, "--password-stdin", stdin=PASSWORD)
        for _ in range(ROUNDS):
            with _served(folder, None) as (_, seconds):
                stopwatch.times[GOAL.base].append(seconds)
            with _served(folder, site) as (address, seconds):
                stopwatch.times[GOAL.what].append(seconds)
                times = _list_times(address)
            stopwatch.times["list of plugins, median of 100"].append(statistics.median(times))
            stopwatch.times["list of plugins, slowest of 100"].append(max(times))
    print(machine(), "", stopwatch.table(), "", stopwatch.verdicts([GOAL]), sep="\n")
    median = stopwatch.median("list of plugins, median of 100")
    word = "✓" if median < LIST_GOAL else "✗"
    print(f"| list of plugins < {1000 * LIST_GOAL:.0f} ms | {1000 * median:.1f} ms | {word} |")
    return 0


def install(site: Path, count: int = PLUGINS) -> Path:
    """Create the packages as an installer would."""
    for number in range(count):
        folder = site / f"dummy{number}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dummy{number}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[lockstep.plugins]\ndummy{number} = dummy{number}:plugin\n")
        (site / f"dummy{number}.py").write_text(MODULE.format(number=number))
    return site


@contextmanager
def _served(folder: Path, site: Path | None) -> Iterator[tuple[str, float]]:
    """The address of a web server with these packages, and the seconds until it responded."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address, began = f"http://127.0.0.1:{port}", time.perf_counter()
    options = ("--host", "127.0.0.1", "--port", str(port), "--lifespan", "off", "--ws", "none", "--log-level", "error")
    command = [sys.executable, "-m", "uvicorn", "project.asgi:application", *options]
    process = subprocess.Popen(command, env=_environment(folder, site), cwd=CHECKOUT)
    try:
        while not _answers(address):
            if time.perf_counter() - began > TIMEOUT:
                raise SystemExit(f"The web server did not respond within {TIMEOUT:.0f} seconds.")
            time.sleep(0.01)
        yield address, time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT)


def _answers(address: str) -> bool:
    try:
        return _visitor().get(f"{address}/admin/login/", timeout=10).ok
    except requests.ConnectionError:
        return False


def _visitor() -> requests.Session:
    """A session without proxy and credentials of this machine."""
    session = requests.Session()
    session.trust_env = False
    return session


def _list_times(address: str) -> list[float]:
    with _visitor() as session:
        session.get(f"{address}/admin/login/", timeout=10)
        facts = {"username": ADMIN, "password": PASSWORD}
        headers = {"X-CSRFToken": session.cookies["lockstep_csrf"]}
        session.post(f"{address}/api/v1/session", json=facts, headers=headers, timeout=10).raise_for_status()
        return [_list_time(session, address) for _ in range(REQUESTS)]


def _list_time(session: requests.Session, address: str) -> float:
    began = time.perf_counter()
    answer = session.get(f"{address}/api/v1/plugins", timeout=10)
    seconds = time.perf_counter() - began
    if (count := answer.json()["count"]) < PLUGINS:
        raise SystemExit(f"The list has {count} plugins instead of {PLUGINS}.")
    return seconds


def _manage(folder: Path, *arguments: str, stdin: str = "") -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, env=_environment(folder, None), cwd=CHECKOUT, input=stdin, text=True, check=True)


def _environment(folder: Path, site: Path | None) -> dict[str, str]:
    ours = ("LOCKSTEP_", "DJANGO_", "DATABASE_URL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    settings = {"LOCKSTEP_DATA_DIR": str(folder / "data"), "DJANGO_SETTINGS_MODULE": "project.settings"}
    return kept | settings | ({"PYTHONPATH": str(site)} if site else {})


if __name__ == "__main__":
    raise SystemExit(main())
