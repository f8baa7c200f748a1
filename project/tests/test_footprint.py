from __future__ import annotations

import os

from rig.footprint import Footprint, Group, pss


def test_a_line_tells_what_was_measured():
    assert Footprint("web", 1.26, 60.4, 71.6, None).line() == (
        "web: ready after 1.3 s, 60 MB idle, 72 MB after 200 requests (PSS)"
    )
    assert Footprint("worker", 1, 70, None, 81).line() == (
        "worker: ready after 1.0 s, 70 MB idle (PSS); peak of its control group 81 MB"
    )


def test_this_process_has_a_size():
    assert 10 < pss(os.getpid()) < 2000


def test_a_group_that_cannot_be_made_has_no_peak(monkeypatch, tmp_path):
    monkeypatch.setattr("rig.footprint.GROUPS", tmp_path / "nothing")
    group = Group("test")
    group.enter(os.getpid())
    assert group.peak is None
    group.close()
