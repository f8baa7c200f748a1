from __future__ import annotations

import os
import subprocess
import sys
import time

from rig.bench.footprint import Footprint, table
from rig.bench.memory import Group, Highest, pss

WEB = Footprint("web", "200 requests", 1.26, 60.4, 71.6, None)
WORKER = Footprint("worker", "a plan", 1, 48, 81, 83.6)


def test_measurements_are_printed_in_a_line_and_a_table():
    assert WEB.line() == "web: ready after 1.3 s, 60 MB at rest, up to 72 MB with 200 requests (PSS)"
    assert WORKER.line() == (
        "worker: ready after 1.0 s, 48 MB at rest, up to 81 MB with a plan (PSS); control group peak 84 MB"
    )
    assert table([WEB, WORKER]).splitlines()[2:] == [
        "| web, 200 requests | 1.3 | 60 | 72 | – |",
        "| worker, a plan | 1.0 | 48 | 81 | 84 |",
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
    monkeypatch.setattr("rig.bench.memory.GROUPS", tmp_path / "nothing")
    group = Group("test")
    group.enter(os.getpid())
    assert group.peak is None
    group.close()
