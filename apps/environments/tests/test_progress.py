from __future__ import annotations

import io
import os
import signal

import pytest
from django.core.management.base import CommandError

from apps.environments.management.progress import ConsoleReporter, stopped_by_ctrl_c
from apps.superset.errors import Cancelled


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_log_line_has_the_seconds_and_the_step_it_belongs_to(clock):
    stream = io.StringIO()
    reporter = ConsoleReporter(stream, clock=clock)
    reporter.log("reading")
    clock.now += 2.34
    reporter.stage("send", 3, 8)
    reporter.log("Import: send 4 charts")
    reporter.log("retrying", level="warning")
    reporter.log("details", level="debug")
    assert (
        stream.getvalue() == "   0.0 s  reading\n   2.3 s  [3/8] Import: send 4 charts\n   2.3 s  warning: retrying\n"
    )


def test_a_long_stage_is_reported_once_a_second(clock):
    stream = io.StringIO()
    reporter = ConsoleReporter(stream, clock=clock)
    for done in range(10):
        reporter.progress("read charts of dev", done, 10)
        clock.now += 0.5
    assert stream.getvalue().splitlines() == [
        "   1.0 s  read charts of dev: 2 of 10",
        "   2.0 s  read charts of dev: 4 of 10",
        "   3.0 s  read charts of dev: 6 of 10",
        "   4.0 s  read charts of dev: 8 of 10",
    ]


def test_steps_share_one_line_on_a_terminal(clock):
    stream = Terminal()
    reporter = ConsoleReporter(stream, clock=clock)
    reporter.progress("read charts of dev", 1, 2)
    reporter.progress("read charts of dev", 2, 2)
    reporter.log("done")
    reporter.close()
    wipe = "\r\x1b[K"
    assert stream.getvalue() == (
        f"{wipe}   0.0 s  read charts of dev: 1 of 2{wipe}   0.0 s  read charts of dev: 2 of 2{wipe}   0.0 s  done\n"
    )


def test_the_first_ctrl_c_stops_between_two_requests_and_the_second_at_once():
    stream = io.StringIO()
    reporter = ConsoleReporter(stream)
    found = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
    before = signal.getsignal(signal.SIGINT)
    with stopped_by_ctrl_c(reporter):
        reporter.check_cancelled()
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Cancelled):
            reporter.check_cancelled()
        assert "press Ctrl-C again to stop at once" in stream.getvalue()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    signal.signal(signal.SIGINT, found)


def test_a_line_that_is_written_over_fits_the_terminal(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    ConsoleReporter(stream, clock=clock).progress("read " + "x" * 100, 1, 10)
    assert len(stream.getvalue().removeprefix("\r\x1b[K")) == 39


def test_warnings_stand_out_on_a_terminal_and_progress_does_not(clock, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    reporter = ConsoleReporter(stream, clock=clock)
    reporter.log("reading")
    reporter.log("retrying", level="warning")
    assert stream.getvalue() == "   0.0 s  reading\n\x1b[33m   0.0 s  warning: retrying\x1b[0m\n"


def test_the_second_ctrl_c_says_what_became_of_the_work():
    def pressed_twice():
        with stopped_by_ctrl_c(ConsoleReporter(io.StringIO()), "Stopped. Nothing was stored."):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(CommandError, match="Nothing was stored") as stopped:
        pressed_twice()
    assert stopped.value.returncode == 130
