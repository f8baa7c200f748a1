"""`manage.py run` as real processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from project.tests.running import CHECKOUT, PATIENCE, Running, environment, free_port, is_gone, wait_until


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    run = Running(tmp_path / "data", free_port())
    try:
        run.ready()
        yield run
    finally:
        run.kill()


def test_the_first_start_makes_the_tables_and_shows_where_it_is_and_what_is_missing(running):
    told = running.told
    assert told.index("First start: creating the tables in ") < told.index(
        f"Lockstep is running at http://127.0.0.1:{running.port}/"
    )
    assert "manage.py create_admin NAME" in told
    assert running.status("/static/lockstep/admin.css") == 200
    assert running.status("/api/v1/tasks") == 401


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_web_server_and_worker(running, number):
    family = running.all()
    assert len(family) == 3
    running.process.send_signal(number)
    assert running.process.wait(PATIENCE) == 0
    assert [pid for pid in family if not is_gone(pid)] == []
    assert running.told.endswith("Stopped.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_web_server_runs_without_a_worker(tmp_path, number):
    run = Running(tmp_path / "data", free_port(), "web")
    try:
        wait_until(lambda: run.status() == 200, run.told)
        assert run.children() == []  # a process that only waits for it would cost a third of a container's memory
        run.process.send_signal(number)
        assert run.process.wait(PATIENCE) == 0
        assert run.told.endswith("Stopped.\n")
        assert "Working with" not in run.told
    finally:
        run.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_the_start_ends_the_web_server(tmp_path, number):
    run = Running(tmp_path / "data", free_port(), "web")
    try:
        wait_until(lambda: "Lockstep is running at" in run.told, run.told)
        run.process.send_signal(number)  # it loads the application now
        assert run.process.wait(PATIENCE) == 0
    finally:
        run.kill()


def test_the_web_server_ends_although_a_request_hangs(tmp_path):
    run = Running(tmp_path / "data", free_port(), "web")
    try:
        wait_until(lambda: run.status() == 200, run.told)
        with closing(HTTPConnection("127.0.0.1", run.port, timeout=PATIENCE)) as client:
            client.request("GET", "/api/v1/session")
            answer = client.getresponse()
            answer.read()
            name, token = re.findall(r"(\w*csrf)=(\w+)", str(answer.headers))[0]
            headers = {"Content-Type": "application/json", "Cookie": f"{name}={token}", "X-CSRFToken": token}
            with closing(sqlite3.connect(tmp_path / "data/lockstep.sqlite3", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")  # who writes waits for 20 seconds
                client.request("POST", "/api/v1/session", b'{"username": "ada", "password": "x"}', headers)
                client.sock.settimeout(1)
                with pytest.raises(TimeoutError):
                    client.getresponse()
                run.process.terminate()
                assert run.process.wait(15) == 0
    finally:
        run.kill()


def test_a_killed_process_is_started_again(running):
    web, worker = running.children()
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: running.told.count("Working with") == 2, running.told)
    assert "The worker was killed by SIGKILL. Restarting." in running.told
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: "The web server was killed by SIGKILL" in running.told, running.told)
    assert running.status() == 200
    assert not {web, worker} & set(running.children())


def test_no_process_is_left_when_run_is_killed(running):
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
    sentence = "is already in use. Choose another one with --port or LOCKSTEP_PORT."
    assert run.told == f"Port {port} on 127.0.0.1 {sentence}\n"


def test_it_listens_where_the_setting_says(tmp_path):
    run = Running(tmp_path / "data", free_port(), LOCKSTEP_HOST="127.0.0.2", LOCKSTEP_ALLOWED_HOSTS="127.0.0.2")
    try:
        own = f"http://127.0.0.2:{run.port}/"
        wait_until(lambda: f"Lockstep is running at {own}" in run.told, run.told)
        with urllib.request.urlopen(f"{own}healthz", timeout=PATIENCE) as answer:
            assert answer.status == 200
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", run.port), timeout=PATIENCE)
    finally:
        run.kill()


def test_a_database_of_an_older_version_is_not_touched(tmp_path):
    data = tmp_path / "data"
    older = [sys.executable, "manage.py", "migrate", "users", "--verbosity", "0"]
    subprocess.run(older, env=environment(data), cwd=CHECKOUT, check=True)
    run = Running(data, free_port())
    assert run.process.wait(PATIENCE) == 1
    assert run.told.startswith("The database is from an older version and lacks ")


@pytest.mark.parametrize("port", ["0", "65536", "9" * 5_000, "web"])
def test_a_number_that_is_no_port_is_wrong_usage(manage, port):
    code, _, told = manage("run", "--port", port)
    assert code == 1
    assert "is not a port between 1 and 65535" in told
