"""`manage.py run` as real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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

    def __init__(self, data: Path, port: int) -> None:
        self.port = port
        self.output = data.with_suffix(".log")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run", "--port", str(port)],
                env=environment(data),
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


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    run = Running(tmp_path / "data", free_port())
    try:
        wait_until(lambda: run.status() == 200, f"it does not answer: {run.told}")
        wait_until(lambda: "Working with" in run.told, f"no worker: {run.told}")
        yield run
    finally:
        for pid in run.all():
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)
        run.process.wait()


def test_the_first_start_makes_the_tables_and_tells_where_it_is_and_what_is_missing(running):
    told = running.told
    assert told.index("First start: making the tables in ") < told.index(
        f"Lockstep is at http://127.0.0.1:{running.port}/"
    )
    assert "manage.py create_admin NAME" in told
    assert running.status("/static/lockstep/admin.css") == 200
    assert running.status("/api/v1/tasks") == 401


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_of_it(running, number):
    family = running.all()
    assert len(family) == 3
    running.process.send_signal(number)
    assert running.process.wait(PATIENCE) == 0
    assert [pid for pid in family if not is_gone(pid)] == []
    assert running.told.endswith("Stopped.\n")


def test_what_is_killed_is_started_again(running):
    web, worker = running.children()
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: running.told.count("Working with") == 2, running.told)
    assert "The worker was killed by SIGKILL: it is started again." in running.told
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: "The web server was killed by SIGKILL" in running.told, running.told)
    assert running.status() == 200
    assert not {web, worker} & set(running.children())


def test_nothing_is_left_when_it_is_killed_itself(running):
    family = running.all()
    running.process.kill()
    running.process.wait()
    wait_until(lambda: all(map(is_gone, family)), "its processes live on")


def test_a_taken_port_is_one_sentence(tmp_path):
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        run = Running(tmp_path / "data", port)
        assert run.process.wait(PATIENCE) == 1
    sentence = "is taken by another program: choose another with --port or LOCKSTEP_PORT."
    assert run.told == f"Port {port} of 127.0.0.1 {sentence}\n"


def test_a_database_of_an_older_version_is_not_touched(tmp_path):
    data = tmp_path / "data"
    older = [sys.executable, "manage.py", "migrate", "users", "--verbosity", "0"]
    subprocess.run(older, env=environment(data), cwd=CHECKOUT, check=True)
    run = Running(data, free_port())
    assert run.process.wait(PATIENCE) == 1
    assert run.told.startswith("The database is of an older version and lacks ")
