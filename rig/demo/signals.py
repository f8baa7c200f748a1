"""Signals of the demo: each ends it like Ctrl-C, and none disturbs its shutdown."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end the demo like Ctrl-C, also in the background of a script."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
    yield


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Ignore a second Ctrl-C during shutdown."""
    before = {
        number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
