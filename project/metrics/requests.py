# [DEF:project.metrics.requests:Module]
# @COMPLEXITY: 3
# @PURPOSE: Counts the requests of this process, and how long they take, by route.
"""The counts belong to the middleware, so to one running application; a request carries them to the view that shows
them. By the names of routes, methods that exist, and status codes: nothing that a client makes up begins a series.
Plain numbers, so that a process that nobody scrapes need not load the library that writes them out.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets, in seconds."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"

STATIC, NONE = "static", "none"
"""Instead of a route: a static file, and a request that was answered before a route was looked for, or has none."""

CARRIED = "_lockstep_requests"


class Durations(NamedTuple):
    """How many requests took no longer than each of the bounds and longer than the one before, and the sum."""

    buckets: tuple[int, ...]
    seconds: float


class Requests:
    """Of one process, from all its threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._buckets: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self._seconds: dict[tuple[str, str], float] = defaultdict(float)

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        method = method if method in METHODS else OTHER
        with self._lock:
            self._counts[route, method, str(status)] += 1
            self._buckets[route, method][bisect_left(BOUNDS, seconds)] += 1
            self._seconds[route, method] += seconds

    def counts(self) -> dict[tuple[str, str, str], int]:
        """By route, method and status."""
        with self._lock:
            return dict(self._counts)

    def durations(self) -> dict[tuple[str, str], Durations]:
        """By route and method."""
        with self._lock:
            return {key: Durations(tuple(each), self._seconds[key]) for key, each in self._buckets.items()}


def counted(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The probes come before it: they are asked every few seconds, and nobody waits for them."""
    requests = Requests()

    def respond(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        vars(request)[CARRIED] = requests
        response = get_response(request)
        requests.add(_route(request), request.method or OTHER, response.status_code, time.perf_counter() - started)
        return response

    return respond


def requests_of(request: HttpRequest) -> Requests:
    """What the process that answers this request has counted so far."""
    found = vars(request).get(CARRIED)
    return found if isinstance(found, Requests) else Requests()


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is not None:
        return str(match.view_name)
    return STATIC if request.path_info.startswith(settings.STATIC_URL) else NONE
