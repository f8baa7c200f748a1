# [DEF:superset.http.transport:Module]
# @COMPLEXITY: 3
# @PURPOSE: One HTTP exchange with one server: bounded in time and size, never redirected, never repeated.
# @RELATION DEPENDS_ON -> superset.http.failures
"""Passwords and tokens are left out of every `repr`, and the exceptions of the HTTP library, which contain the whole
request, never leave this module.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from requests.auth import AuthBase

from apps.superset.errors import NotConfigured
from apps.superset.http import write_guard
from apps.superset.http.failures import Broken, explained
from apps.superset.http.limits import MIB, Bounds, Sizes, Timeouts
from apps.superset.http.responses import Response
from apps.superset.messages.message import Message

logger = logging.getLogger(__name__)

CHUNK = 64 * 1024

WATCH = 0.25
"""Seconds between checks whether a response is still wanted."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` starts with a slash, lies under the base address, and carries its query.

    `bundle` marks the imports and exports. `fresh` asks for a connection of its own: one kept alive can be closed by
    the server in the same moment (gunicorn does after two idle seconds), and then it is unknown whether the request was
    read. `leaves_by`: the moment of `write_guard.now` after which it may not leave any more; 0 for no such bound.
    """

    method: str
    path: str
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    files: Mapping[str, tuple[str, bytes, str]] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    token: str = field(default="", repr=False)
    bundle: bool = False
    fresh: bool = False
    leaves_by: float = 0.0


class Bearer(AuthBase):
    """A token for one request; an object, so that no header with the token appears among a traceback's variables."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Transport:
    """The connections and the one cookie jar of one server. For one thread at a time.

    Proxies, netrc and CA bundles named by environment variables are ignored; certificates are always checked.
    `requests` counts what was sent, by method.
    """

    def __init__(
        self, url: str, *, ca_bundle: str = "", timeouts: Timeouts | None = None, sizes: Sizes | None = None
    ) -> None:
        if ca_bundle and not Path(ca_bundle).exists():
            raise NotConfigured(Message("error.no_ca_bundle", path=ca_bundle), next_step=Message("next.ca_bundle_path"))
        self.url = url
        self.requests: Counter[str] = Counter()
        self._received = 0
        self._verify: str | bool = ca_bundle or True
        self._timeouts = timeouts or Timeouts()
        self._sizes = sizes or Sizes()
        self._session = self._new_session()

    def __repr__(self) -> str:
        return f"Transport({self.url!r})"

    def close(self) -> None:
        self._session.close()

    def exchange(self, call: Call, watch: Callable[[], None] | None = None) -> Response:
        """Send once and read the whole response; raises Broken if there is none.

        While waiting it calls `watch` several times a second; an exception from it ends the wait.
        """
        if call.fresh:
            self._session.close()
        if call.method == "GET" and self._received > self._sizes.reads:
            raise Broken(Message("error.read_too_much", size=self._sizes.reads / MIB), sent=False)
        self.requests[call.method] += 1
        started = time.monotonic()
        answer = self._within(self._bounds(call), call, watch)
        self._received += len(answer.body) if call.method == "GET" else 0
        logger.debug("%s %s: %d in %.0f ms", call.method, call.path, answer.status, (time.monotonic() - started) * 1000)
        return answer

    def _within(self, bounds: Bounds, call: Call, watch: Callable[[], None] | None) -> Response:
        """Run the exchange in its own thread; if it overruns, or its response is no longer wanted, it is abandoned
        together with its session.

        Nothing else limits a name lookup, a TLS handshake, or headers that arrive byte by byte.
        """
        exchange = _Exchange(self._session, self.url + call.path, call, bounds)
        exchange.start()
        try:
            exchange.wait(bounds.total, watch)
        finally:
            if exchange.is_alive():
                exchange.abandoned.set()
                self._replace_session()
        if exchange.abandoned.is_set():
            raise Broken(Message("error.total_timeout", seconds=bounds.total), sent=True)
        return exchange.outcome()

    def _new_session(self) -> requests.Session:
        session = _Session()
        session.trust_env = False
        session.verify = self._verify
        for scheme in ("http://", "https://"):
            session.mount(scheme, write_guard.Adapter())
        session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "lockstep"})
        return session

    def _replace_session(self) -> None:
        cookies = self._session.cookies.copy()
        self._session = self._new_session()
        self._session.cookies = cookies

    def _bounds(self, call: Call) -> Bounds:
        limit = self._timeouts
        if call.bundle:
            return Bounds(limit.connect, limit.bundle_read, limit.bundle_total, self._sizes.bundle)
        return Bounds(limit.connect, limit.read, limit.total, self._sizes.ordinary)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the library's call
        """None: the library reads the whole body of a redirect, and its address, even where it must not follow it."""
        return None


class _Exchange(threading.Thread):
    """One request in a thread; `outcome` returns the response or raises the reason why there is none."""

    def __init__(self, session: requests.Session, url: str, call: Call, bounds: Bounds) -> None:
        super().__init__(name=f"superset {call.method}", daemon=True)
        self.abandoned = threading.Event()
        self._session = session
        self._url = url
        self._call = call
        self._bounds = bounds
        self._answer: Response | None = None
        self._problem: Broken | None = None

    def run(self) -> None:
        try:
            with write_guard.until(self._call.leaves_by or None):
                response = self._send()
            with closing(response):
                body = b"".join(self._chunks(response))
            call = self._call
            self._answer = Response(call.method, call.path, response.status_code, dict(response.headers), body)
        except Exception as problem:  # noqa: BLE001 - any error belongs to the waiting thread
            self._problem = explained(problem, connect=self._bounds.connect, read=self._bounds.read)
            if self._call.leaves_by and not write_guard.has_connected():
                self._problem.sent = False

    def wait(self, seconds: float, watch: Callable[[], None] | None) -> None:
        """Wait until it is done, the time is over, or `watch` raises."""
        until = time.monotonic() + seconds
        while self.is_alive() and (left := until - time.monotonic()) > 0:
            self.join(left if watch is None else min(left, WATCH))
            if watch is not None and self.is_alive():
                watch()

    def outcome(self) -> Response:
        if self._answer is None:
            raise self._problem or Broken(Message("error.exchange_ended"), sent=True)
        return self._answer

    def _send(self) -> requests.Response:
        call = self._call
        return self._session.request(
            call.method,
            self._url,
            json=call.json,
            data=call.form,
            files=call.files,
            headers=dict(call.headers),
            auth=Bearer(call.token),
            timeout=(self._bounds.connect, self._bounds.read),
            allow_redirects=False,
            stream=True,
        )

    def _chunks(self, response: requests.Response) -> Iterator[bytes]:
        received = 0
        for chunk in response.iter_content(CHUNK):
            received += len(chunk)
            if received > self._bounds.size or self.abandoned.is_set():
                raise Broken(Message("error.answer_too_large", size=self._bounds.size / MIB), sent=True)
            yield chunk
