"""A Lockstep that is filled, and its programs as they run in production: `lockstep web` and `lockstep worker`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from rig import paths
from rig.bench import plugins
from rig.bench.footprint import TIMEOUT, status
from rig.bench.memory import children
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.ports import LOOPBACK, free_ports
from rig.servers.configuration import ADMIN

PLUGINS = 10
ENVIRONMENTS = {"dev": 9, "stage": 19, "prod": 29}
"""Ports of the loopback at which nothing is."""

_numbers = count(1)

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running program. `ready` is how many seconds it took until it answered."""

    pid: int
    address: str
    ready: float

    def cpu(self) -> float:
        """Seconds of the processor that it and its descendants have used."""
        return _cpu(self.pid)


def prepared(folder: Path, database_url: str, part: int = 1) -> tuple[Lockstep, dict[str, Any]]:
    """The installation, and what `filling` says of it."""
    lockstep = Lockstep(folder / "data", database_url=database_url)
    site = plugins.install(folder / "site", PLUGINS)
    lockstep.environment |= {
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "PYTHONPATH": os.pathsep.join([str(site), str(paths.CHECKOUT)]),
    }
    lockstep.check_output("migrate", "--verbosity", "0")
    lockstep.check_output("create_admin", ADMIN, "--password-stdin", stdin=os.urandom(16).hex())
    for name, port in ENVIRONMENTS.items():
        add = ("environment", "add", name, f"http://{LOOPBACK}:{port}", "--username", "x", "--password-stdin")
        lockstep.check_output(*add, "--no-check", stdin="x")
    command = [sys.executable, "-m", "rig.bench.speed.filling", str(part)]
    filled = subprocess.run(
        command, cwd=paths.CHECKOUT, env=lockstep.environment, check=False, capture_output=True, text=True
    )
    if filled.returncode:
        raise RigError(f"The database could not be filled: {filled.stderr}")
    return lockstep, json.loads(filled.stdout.splitlines()[-1])


@contextmanager
def web(lockstep: Lockstep) -> Iterator[Server]:
    [port] = free_ports(1)
    address = f"http://{LOOPBACK}:{port}"
    with _running(lockstep, "web", "--port", str(port)) as (process, began, _):
        while status(f"{address}/api/v1/session") not in (200, 401):
            _require_alive(process, began)
            time.sleep(0.01)
        yield Server(process.pid, address, time.perf_counter() - began)


@contextmanager
def worker(lockstep: Lockstep) -> Iterator[Server]:
    with _running(lockstep, "worker") as (process, began, log):
        while "Working with" not in log.read_text():
            _require_alive(process, began)
            time.sleep(0.02)
        yield Server(process.pid, "", time.perf_counter() - began)


@contextmanager
def _running(lockstep: Lockstep, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], float, Path]]:
    log, began = lockstep.data.parent / f"{arguments[0]}-{next(_numbers)}.log", time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            lockstep.command(arguments), env=lockstep.environment, cwd=paths.CHECKOUT, stdout=output, stderr=output
        )
    try:
        yield process, began, log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT)


def _require_alive(process: subprocess.Popen[bytes], began: float) -> None:
    if process.poll() is not None or time.perf_counter() - began > TIMEOUT:
        raise RigError(f"Lockstep did not start: {process.args!r}")


def _cpu(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS + sum(map(_cpu, children(pid)))
