# [DEF:core.supervisor:Module]
# @COMPLEXITY: 2
# @PURPOSE: Keeping a few processes alive: forks of this one, started again when they die, ended together.
"""What is loaded before is shared by all of them. Each has a process group of its own, so that Ctrl-C reaches the
supervisor alone and it decides how they end. On Linux none of them outlives it, whatever it dies of.
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
from types import FrameType

STEADY = 30.0
"""Seconds after which a process counts as well: its next death is again its first."""

ONE_SIGNAL = 0.5
"""Seconds in which signals count as one: some programs send two to say the same."""

LONGEST_PAUSE = 30.0
PR_SET_PDEATHSIG = 1

Tell = Callable[[str], None]


@dataclass(slots=True)
class Part:
    """One process: what it is called and what it does. `due` is when it is to be started again, None while it runs."""

    name: str
    run: Callable[[], None]
    pid: int = 0
    started: float = 0.0
    deaths: int = 0
    due: float | None = 0.0


def supervise(parts: list[Part], tell: Tell) -> None:
    """Run them until SIGTERM or SIGINT; then ask them to end and wait. A second signal ends them at once."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _noted)
    asked: float | None = None
    while asked is None or any(part.pid for part in parts):
        if asked is None:
            _start_due(parts)
        for told in _signals(reader, _patience(parts) if asked is None else None):
            if told == signal.SIGCHLD:
                _bury(parts, tell, ending=asked is not None)
            elif asked is None:
                asked = time.monotonic()
                _end(parts, tell, at_once=False)
            elif time.monotonic() - asked > ONE_SIGNAL:
                _end(parts, tell, at_once=True)
    signal.set_wakeup_fd(-1)


def _noted(_number: int, _frame: FrameType | None) -> None:
    """The signal's number is in the pipe: Python wrote it there."""


def _signals(reader: int, patience: float | None) -> bytes:
    readable, _, _ = select.select([reader], [], [], patience)
    return os.read(reader, 64) if readable else b""


def _patience(parts: list[Part]) -> float | None:
    """Seconds until the next start; None if none is waited for."""
    due = [part.due for part in parts if part.due is not None]
    return max(0.0, min(due) - time.monotonic()) if due else None


def _start_due(parts: list[Part]) -> None:
    for part in parts:
        if part.due is not None and part.due <= time.monotonic():
            part.pid, part.started, part.due = _fork(part), time.monotonic(), None


def _bury(parts: list[Part], tell: Tell, *, ending: bool) -> None:
    """Take note of every process that has ended."""
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
                tell(_restart(part, os.waitstatus_to_exitcode(status)))


def _restart(part: Part, code: int) -> str:
    """At once after a steady life, else after a pause that doubles with each death."""
    now = time.monotonic()
    part.deaths = 1 if now - part.started > STEADY else part.deaths + 1
    pause = 0.0 if part.deaths == 1 else min(LONGEST_PAUSE, 2.0 ** (part.deaths - 2))
    part.due = now + pause
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return f"The {part.name} {how}: it is started again{f' in {pause:.0f} s' if pause else ''}."


def _end(parts: list[Part], tell: Tell, *, at_once: bool) -> None:
    alive = [part for part in parts if part.pid]
    if alive:
        names = " and ".join(part.name for part in alive)
        tell(f"Ending {names} at once." if at_once else f"Ending {names}. Once more to end them at once.")
    for part in alive:
        os.kill(part.pid, signal.SIGKILL if at_once else signal.SIGTERM)


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
