# [DEF:environments.management.progress:Module]
# @COMPLEXITY: 3
# @PURPOSE: Telling a person at a terminal how a run goes, and letting them stop it.
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION DEPENDS_ON -> core.management.output

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

from django.core.management.base import CommandError

from apps.contracts.plain_text import one_line
from apps.core.management import colour
from apps.core.management.colour import Colour
from apps.core.management.output import INTERRUPTED
from apps.superset.errors import Cancelled

CLEARED = "\r\x1b[K"


class Stream(Protocol):
    def write(self, text: str, /) -> Any: ...
    def flush(self) -> Any: ...
    def isatty(self) -> bool: ...


class ConsoleReporter:
    """Writes one line for each log entry, with the stage it belongs to: `  12.3 s  [3/8] Import: send 4 charts`.

    Progress within a stage is written at most once a second; on a terminal it shares one line.
    """

    def __init__(self, stream: Stream, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream: Stream = colour.unwrapped(stream)
        self._clock = clock
        self._lock = threading.Lock()  # the two sides of a plan are read by two threads
        self._started = clock()
        self._written = self._started
        self._stage = ""
        self._step = ""
        self._line_is_open = False
        self._cancelled = False

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:  # noqa: ARG002 - facts are for task lines
        if level == "debug":
            return
        with self._lock:
            step, self._step = self._step, ""
            text = one_line(text)
            self._line(f"{step}{text}" if level == "info" else f"{step}{level}: {text}", colour.LEVELS.get(level))

    def stage(self, name: str, number: int, total: int) -> None:
        """The number goes before the log line that follows, which says more than the name."""
        with self._lock:
            self._step = f"[{number}/{total}] "
            if colour.is_terminal(self._stream):
                self._rewrite(f"{one_line(name)}: {number} of {total}")

    def progress(self, stage: str, done: int, total: int) -> None:
        stage = one_line(stage)
        with self._lock:
            new, self._stage, self._step = stage != self._stage, stage, ""
            if colour.is_terminal(self._stream):
                self._rewrite(f"{stage}: {done} of {total}")
            elif not new and self._clock() - self._written >= 1:
                self._line(f"{stage}: {done} of {total}")

    def check_cancelled(self) -> None:
        if self._cancelled:
            raise Cancelled("Stopped on request", next_step="Start it again when you are ready.")

    def cancel(self) -> None:
        """Ask the run to stop before its next request."""
        self._cancelled = True
        # No lock: a signal handler may have interrupted the very thread that holds it
        self._line("Stopping after the current request; press Ctrl-C again to stop at once.")

    def close(self) -> None:
        """End an open line, so that what is printed next stands on its own."""
        if self._line_is_open:
            self._write(CLEARED)
            self._line_is_open = False

    def _rewrite(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1  # a line that wraps could not be written over
        self._write(f"{CLEARED}{f'{self._stamp()}{text}'[:width]}")
        self._line_is_open = True

    def _line(self, text: str, shade: Colour | None = None) -> None:
        line = f"{self._stamp()}{text}"
        line = colour.painted(line, shade) if colour.is_wanted(self._stream) else line
        self._write(f"{CLEARED if self._line_is_open else ''}{line}\n")
        self._line_is_open = False

    def _stamp(self) -> str:
        return f"{self._clock() - self._started:6.1f} s  "

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
        self._written = self._clock()


@contextmanager
def stopped_by_ctrl_c(reporter: ConsoleReporter, stopped: object = "") -> Iterator[None]:
    """The first Ctrl-C asks the run to stop between two requests, so that no write is left unanswered. The second stops
    it at once: `stopped` says what became of the work."""

    if threading.current_thread() is not threading.main_thread():  # only the main thread gets signals
        yield
        return

    def first(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        reporter.cancel()

    before = signal.signal(signal.SIGINT, first)
    try:
        yield
    except KeyboardInterrupt:
        if not stopped:
            raise
        raise CommandError(str(stopped), returncode=INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGINT, before)
        reporter.close()
