from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from rig.bench.footprint import Footprint, table
from rig.bench.memory import VERSIONS, Group, Highest, pss
from rig.errors import RigError

WEB = Footprint("web", "200 requests", 1.26, 60.4, 71.6, None)
WORKER = Footprint("worker", "a plan", 1, 48, 81, 83.6, took=12.34, limit=100.0, kills=1)


def test_measurements_are_printed_in_a_line_and_a_table():
    assert WEB.line() == "web: ready after 1.3 s, 60 MB at rest, up to 72 MB with 200 requests (PSS)"
    assert WORKER.line() == (
        "worker: ready after 1.0 s, 48 MB at rest, up to 81 MB with a plan (PSS); control group peak 84 MB"
    )
    assert table([WEB, WORKER]).splitlines()[2:] == [
        "| web, 200 requests | 1.3 | 60 | 72 | – | – | 0 | 0.0 |",
        "| worker, a plan | 1.0 | 48 | 81 | 84 | 100 | 1 | 12.3 |",
    ]


def test_what_counts_is_the_most_of_what_was_seen():
    assert (WEB.most, WORKER.most) == (71.6, 83.6)


def test_this_process_has_a_size():
    assert 10 < pss(os.getpid()) < 2000


def test_the_most_that_a_process_held_is_remembered_when_it_has_ended():
    code = "import sys; held = bytearray(80_000_000); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as child:
        highest = Highest(child.pid)
        with highest.watched():
            deadline = time.monotonic() + 30
            while highest.megabytes < 80 and time.monotonic() < deadline:
                time.sleep(0.01)
        child.stdin.close()
    assert 80 < highest.megabytes < 120


def test_a_group_that_cannot_be_made_has_no_peak(monkeypatch, tmp_path):
    monkeypatch.setattr("rig.bench.memory.VERSIONS", versions_in(tmp_path / "nothing"))
    group = Group("test")
    group.enter(os.getpid())
    assert (group.peak, group.kills) == (None, 0)
    group.close()


def test_a_limit_that_cannot_be_set_is_no_measurement(monkeypatch, tmp_path):
    monkeypatch.setattr("rig.bench.memory.VERSIONS", versions_in(tmp_path / "nothing"))
    with pytest.raises(RigError):
        Group("test", 1_000_000)


def test_a_process_that_takes_more_than_its_group_may_is_killed_and_counted():
    try:
        group = Group("test", 30_000_000)
    except RigError:
        pytest.skip("needs control groups that can be created")
    code = "import sys; sys.stdin.read(1); held = bytearray(b'x') * 80_000_000"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as child:
        group.enter(child.pid)
        child.communicate(b"!", timeout=30)
    assert (child.returncode, group.kills) == (-signal.SIGKILL, 1)
    group.close()


def versions_in(folder):
    return tuple(replace(version, base=folder) for version in VERSIONS)
