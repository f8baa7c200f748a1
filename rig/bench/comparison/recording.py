"""A recording of what Lockstep sends, to be sent again without it. Needs Lockstep's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from apps.superset.http.responses import Response
from apps.superset.http.transport import Call, Transport
from rig.bench.comparison.raw import Sent


@contextmanager
def recording() -> Iterator[list[Sent]]:
    """Record every request of Lockstep except sign-ins, as long as the context lasts."""
    sent: list[Sent] = []
    original = Transport.exchange

    def exchange(transport: Transport, call: Call, watch: Callable[[], None] | None = None) -> Response:
        if "/security/" not in call.path:
            sent.append(Sent(call.method, call.path, call.json, call.form, call.files))
        return original(transport, call, watch)

    with patch.object(Transport, "exchange", exchange):
        yield sent
