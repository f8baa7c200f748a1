# [DEF:superset.http.write_guard:Module]
# @COMPLEXITY: 3
# @PURPOSE: The deadline for sending a write: checked once the connection is open, before the first byte.
# @RELATION DEPENDS_ON -> superset.http.failures
"""The database decides whether a write may be sent (`Ledger.leaving`). A process that is suspended right after that and
resumes an hour later must not send it. So once the connection is open, the time since that decision is checked. The
clock keeps running while the process, or the machine, sleeps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from apps.superset.http.failures import Broken
from apps.superset.messages.message import Message

_limit = threading.local()


def now() -> float:
    """Seconds on a clock that cannot be set and does not pause."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)  # Linux; elsewhere sleep may not count
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@contextmanager
def until(moment: float | None) -> Iterator[None]:
    """Inside, this thread uses no connection that is opened after this moment."""
    _limit.moment, _limit.connected = moment, False
    try:
        yield
    finally:
        _limit.moment = None


def has_connected() -> bool:
    """Whether this thread, since its last `until`, had an open connection on which something could be sent."""
    return bool(getattr(_limit, "connected", False))


def _require_in_time() -> None:
    moment = getattr(_limit, "moment", None)
    if moment is not None and now() > moment:
        raise Broken(Message("error.held_up"), sent=False)


class _Plain(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _require_in_time()
        _limit.connected = True


class _Tls(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _require_in_time()
        _limit.connected = True


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class Adapter(HTTPAdapter):
    """For `requests`: connections that know the deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
