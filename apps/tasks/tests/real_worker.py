"""A real `manage.py worker`, and a place where its tasks come to meet the test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.db import connection

from apps.tasks.models import Task
from apps.tasks.services import follow

CHECKOUT = Path(__file__).parents[3]
PATIENCE = 60.0
"""Seconds; only a test that fails waits that long."""


class RealWorker:
    """Leads a session of its own. `said` waits for a sentence on its standard error."""

    command: tuple[str, ...] = ("worker",)

    def __init__(
        self,
        plugins_path: Path,
        data_dir: Path,
        more: Mapping[str, str] | None = None,
        *,
        processes: int = 2,
        secret_key: str = "",
        offers: Sequence[str] = (),
    ) -> None:
        variables = {
            "DJANGO_SETTINGS_MODULE": "project.settings_test_worker",
            "PYTHONPATH": str(plugins_path),
            "TEST_DATABASE": str(connection.settings_dict["NAME"]),
            "TEST_DATA_DIR": str(data_dir),
            "LOCKSTEP_WORKERS": str(processes),
            **({"TEST_SECRET_KEY": secret_key} if secret_key else {}),
            **(more or {}),
        }
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", *self.command, *(["--offers", *offers] if offers else [])],
            env=os.environ | variables,
            cwd=CHECKOUT,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said(f"Working with {processes} processes")

    def said(self, sentence: str) -> None:
        heard = []
        too_late = threading.Timer(PATIENCE, os.killpg, (self._process.pid, signal.SIGKILL))
        too_late.start()
        try:
            for line in self._process.stderr:
                heard.append(line)
                if sentence in line:
                    return
        finally:
            too_late.cancel()
        raise AssertionError(f"“{sentence}” was not said, but: {''.join(heard)}")

    def rests(self) -> None:
        """Returns when it has no process but its own."""
        self._has_at_most(0)

    def works_on_one(self) -> None:
        """Returns when it has no more than one process that works: none that looks whether there is more to do."""
        self._has_at_most(1)

    def _has_at_most(self, number: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while len(children(self._process.pid)) > number:
            assert time.monotonic() < deadline, "it still has processes that work"
            time.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self._process.wait(PATIENCE)

    @property
    def parts(self) -> list[int]:
        """Its own processes, in the order in which they were started."""
        return children(self._process.pid)

    def close(self) -> None:
        """Whatever the test left of it goes; that nothing of it outlives it is another test's business."""
        if self._process.poll() is None:
            self.kill()
        self._process.stderr.close()


class Meeting:
    """A task that has come, and waits for a word."""

    def __init__(self, line: socket.socket) -> None:
        line.settimeout(PATIENCE)
        self._line = line
        with line.makefile() as talk:
            self.task = int(talk.readline())

    def say(self, word: str) -> None:
        self._line.sendall(f"{word}\n".encode())
        self._line.close()

    def wait_for_death(self) -> None:
        """The other end is closed when no process holds it any more."""
        assert self._line.recv(1) == b""
        self._line.close()


class Place:
    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(PATIENCE)
        self.port: int = self._door.getsockname()[1]

    def meet(self) -> Meeting:
        return Meeting(self._door.accept()[0])

    def nobody_comes(self) -> bool:
        """Nobody stands at the door, who would be let in by the next `meet`."""
        self._door.settimeout(0)
        try:
            self._door.accept()
        except BlockingIOError:
            return True
        finally:
            self._door.settimeout(PATIENCE)
        return False

    def close(self) -> None:
        self._door.close()


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def followed(task: Task) -> Task:
    """As it is when it has ended."""
    deadline = time.monotonic() + PATIENCE

    def wait(seconds: float) -> None:
        time.sleep(seconds)
        assert time.monotonic() < deadline, f"{task} is still {task.state}"

    list(follow(task, wait=wait))
    return task
