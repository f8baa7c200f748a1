"""Progress for a person: a line at the start and end of each step, and a live clock on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

TICK = 0.2


class Progress:
    """Steps may overlap: each gets a line when it ends; the live line names all running steps."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()
        self._began = time.monotonic()
        self._running: dict[str, float] = {}
        self._lock = threading.Lock()
        self._clock: threading.Thread | None = None

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Announce `what`, and print how long it took."""
        began = time.monotonic()
        with self._lock:
            self._running[what] = began
            if not self._live:
                self._line(f"… {what}")
        self._start_clock()
        failed = True
        try:
            yield
            failed = False
        finally:
            with self._lock:
                self._running.pop(what, None)
                self._line(f"{'✗' if failed else '✓'} {what} ({time.monotonic() - began:.1f} s)")

    def say(self, text: str) -> None:
        """A line of its own between the steps."""
        with self._lock:
            self._line(text)

    def elapsed(self) -> float:
        """Seconds since this progress began."""
        return time.monotonic() - self._began

    def _line(self, text: str) -> None:
        wipe = "\r\x1b[K" if self._live else ""
        print(f"{wipe}[{self.elapsed():5.1f} s] {text}", file=self._stream, flush=True)

    def _start_clock(self) -> None:
        if not self._live:
            return
        with self._lock:
            if self._clock is None or not self._clock.is_alive():
                self._clock = threading.Thread(target=self._tick, daemon=True)
                self._clock.start()

    def _tick(self) -> None:
        while True:
            time.sleep(TICK)
            with self._lock:
                if not self._running:
                    return
                now = time.monotonic()
                text = " · ".join(f"{what} ({now - began:.0f} s)" for what, began in self._running.items())
                print(f"\r\x1b[K[{self.elapsed():5.1f} s] … {text[:100]}", end="", file=self._stream, flush=True)
