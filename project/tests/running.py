"""A real `manage.py run`: for tests of it, and of what it serves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def environment(data: Path) -> dict[str, str]:
    ours = ("LOCKSTEP_", "DJANGO_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"LOCKSTEP_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "project.settings"}


class Running:
    """A `manage.py run` on a data directory of its own."""

    def __init__(self, data: Path, port: int, command: str = "run", **variables: str) -> None:
        self.port = port
        self.output = data.with_suffix(".log")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", command, "--port", str(port)],
                env=environment(data) | variables,
                cwd=CHECKOUT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def told(self) -> str:
        return self.output.read_text()

    def children(self) -> list[int]:
        """The web server and the worker, in the order they were started."""
        return _children(self.process.pid)

    def all(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            found.extend(_children(pid))
        return found

    def ready(self) -> None:
        wait_until(lambda: self.status() == 200, f"it does not answer: {self.told}")
        wait_until(lambda: "Working with" in self.told, f"no worker: {self.told}")

    def kill(self) -> None:
        """All of it, whatever the test left."""
        for pid in self.all():
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def status(self, path: str = "/admin/login/") -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until(what: Callable[[], object], sentence: str) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, sentence
        time.sleep(0.1)
