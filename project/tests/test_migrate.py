"""Hosts that start at once all create or update the tables: one does it, the others wait for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from functools import partial

import pytest

from apps.core.management.messages import TABLES_LOCKED
from project.tests.running import CHECKOUT, PATIENCE, Running, environment, free_port, wait_until
from rig.postgres import machine as postgres

NAME = f"lockstep_migrate_{os.getpid()}"


class Host:
    def __init__(self, variables, *words):
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            env=variables,
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def says(self, stream, sentence):
        """Returns when it has said this."""
        too_late = threading.Timer(PATIENCE, self.process.kill)
        too_late.start()
        heard = []
        for line in getattr(self.process, stream):
            heard.append(line)
            if sentence in line:
                too_late.cancel()
                return
        raise AssertionError(f"“{sentence}” was not said, but: {''.join(heard)}")

    def ended(self):
        """Exit code and standard error."""
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@pytest.fixture(params=["sqlite", "postgresql"])
def variables(request, tmp_path):
    """The variables of one host or another: their database is empty, and the same."""
    with ExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            if (why := postgres.refusal()) and os.environ.get("CI") != "true":
                pytest.skip(why)
            url = stack.enter_context(postgres.own_database(postgres.url(), NAME))
        own = {name: value for name, value in os.environ.items() if name.startswith("LOCKSTEP_") and "KEY" in name}
        own |= {"DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}
        yield lambda number: environment(tmp_path / (f"host-{number}" if url else "host")) | own


@pytest.fixture
def begin(variables):
    """Start a command on the host of this number."""
    begun = []

    def start(number, *words):
        begun.append(Host(variables(number), *words))
        return begun[-1]

    yield start
    for host in begun:
        host.process.kill()
        host.process.communicate()


def test_two_hosts_migrate_an_empty_database_at_once(begin):
    hosts = [begin(number, "migrate", "--verbosity", "0") for number in (1, 2)]
    codes, said = zip(*(host.ended() for host in hosts), strict=True)
    assert codes == (0, 0), said
    assert set("".join(said).splitlines()) <= {str(TABLES_LOCKED)}
    assert begin(1, "migrate", "--check").ended() == (0, "")


def test_a_host_takes_over_from_one_that_is_killed_in_between(begin):
    first = begin(1, "migrate")
    first.says("stdout", "Running migrations")
    os.kill(first.process.pid, signal.SIGSTOP)
    second = begin(2, "migrate", "--verbosity", "0")
    second.says("stderr", str(TABLES_LOCKED))
    assert begin(3, "migrate", "--check").ended()[0] == 1  # without waiting
    assert second.process.poll() is None
    first.process.kill()
    assert second.ended() == (0, "")
    assert begin(3, "migrate", "--check").ended() == (0, "")


def test_web_servers_that_start_at_once_create_the_tables_once(tmp_path, variables):
    webs = [Running(tmp_path / f"web-{number}", free_port(), "web", **variables(number)) for number in (1, 2)]
    try:
        for web in webs:
            wait_until(partial(web.status, "/healthz"), "it does not answer")
            assert "older version" not in web.told
    finally:
        for web in webs:
            web.kill()
