# [DEF:core.management.supervisor:Module]
# @COMPLEXITY: 2
# @PURPOSE: Keeps a few forked processes alive: restarts those that die, and stops them together.
"""They share the memory of what was loaded before. Each has its own process group, so that Ctrl-C reaches only the
supervisor, which decides how they stop. On Linux none of them outlives it, however it dies.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from types import FrameType
from typing import TYPE_CHECKING

from apps.core import messages

if TYPE_CHECKING:
    from apps.core.row_actions import Text

STEADY = 30.0
"""Seconds after which a process counts as healthy: its next death counts as the first again."""

ONE_SIGNAL = 0.5
"""Seconds in which signals count as one: some programs send two at once."""

LONGEST_PAUSE = 30.0
PR_SET_PDEATHSIG = 1
M_ARENA_MAX = -8

Report = Callable[[str], None]


@dataclass(slots=True)
class Part:
    """One process: its name and function. `due` is when to start it again, None while it runs."""

    name: Text
    run: Callable[[], None]
    pid: int = 0
    started: float = 0.0
    deaths: int = 0
    due: float | None = 0.0


def supervise(parts: list[Part], report: Report) -> None:
    """Run them until SIGTERM or SIGINT, then stop them and wait. A second signal kills them."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for awaited in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(awaited, _ignore)
    stopping_since: float | None = None
    while stopping_since is None or any(part.pid for part in parts):
        if stopping_since is None:
            _start_due(parts)
        for number in _signals(reader, _patience(parts) if stopping_since is None else None):
            if number == signal.SIGCHLD:
                _reap(parts, report, ending=stopping_since is not None)
            elif stopping_since is None:
                stopping_since = time.monotonic()
                _end(parts, report, at_once=False)
            elif time.monotonic() - stopping_since > ONE_SIGNAL:
                _end(parts, report, at_once=True)
    signal.set_wakeup_fd(-1)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Python has written the signal's number to the pipe."""


def _signals(reader: int, patience: float | None) -> bytes:
    readable, _, _ = select.select([reader], [], [], patience)
    return os.read(reader, 64) if readable else b""


def _patience(parts: list[Part]) -> float | None:
    """Seconds until the next start; None if none is due."""
    due = [part.due for part in parts if part.due is not None]
    return max(0.0, min(due) - time.monotonic()) if due else None


def _start_due(parts: list[Part]) -> None:
    for part in parts:
        if part.due is not None and part.due <= time.monotonic():
            part.pid, part.started, part.due = _fork(part), time.monotonic(), None


def _reap(parts: list[Part], report: Report, *, ending: bool) -> None:
    """Handle every process that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        for part in (part for part in parts if part.pid == pid):
            part.pid = 0
            if not ending:
                report(_restart(part, os.waitstatus_to_exitcode(status)))


def _restart(part: Part, code: int) -> str:
    """Immediately after a healthy run, otherwise after a pause that doubles with each death."""
    now = time.monotonic()
    part.deaths = 1 if now - part.started > STEADY else part.deaths + 1
    pause = 0.0 if part.deaths == 1 else min(LONGEST_PAUSE, 2.0 ** (part.deaths - 2))
    part.due = now + pause
    text = messages.PART_KILLED if code < 0 else messages.PART_ENDED
    how = text.format(part=part.name, signal=signal.Signals(-code).name if code < 0 else "", code=code)
    return f"{how} {messages.RESTARTING_LATER.format(seconds=pause) if pause else messages.RESTARTING}"


def _end(parts: list[Part], report: Report, *, at_once: bool) -> None:
    alive = [part for part in parts if part.pid]
    if alive:
        text = messages.KILLING if at_once else messages.STOPPING
        report(text.format(parts=reduce(_both, (str(part.name) for part in alive))))
    for part in alive:
        os.kill(part.pid, signal.SIGKILL if at_once else signal.SIGTERM)


def _both(names: str, last: str) -> str:
    return str(messages.BOTH.format(names=names, last=last))


def _fork(part: Part) -> int:
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        _become_part(parent)
        part.run()
        code = 0
    except BaseException:  # noqa: BLE001 - nothing above may run twice, in two processes
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become_part(parent: int) -> None:
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os._exit(1)


def share_one_heap() -> None:
    """glibc gives each thread a heap of its own; ours mostly wait for each other, and one heap takes 2 to 3 MB less."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_ARENA_MAX, 1)
