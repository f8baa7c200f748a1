# [DEF:project.web.probes:Module]
# @COMPLEXITY: 3
# @PURPOSE: Probes for supervisors and monitors: whether the web server answers, and whether all of Lockstep works.
# @RELATION CALLS -> tasks.health
# @RELATION CALLS -> tasks.queue
# @RELATION CALLS -> core.storage
# @RELATION CALLS -> core.files
# @RELATION DEPENDS_ON -> core.api.announced
"""They need no sign-in and tell a stranger nothing but that. They come before all other middleware that looks at a
request, so any host name is right, no session is read and nothing is redirected to HTTPS.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http import HTTPStatus

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.core.api.announced import Problem
from apps.core.errors import StoreUnavailable
from apps.core.files import look_at_store, store_of_files
from apps.core.storage import data_disk
from apps.tasks.health import worker_is_alive
from apps.tasks.queue import broker_problem
from project import messages

OK, FAILED, UNKNOWN = "ok", "failed", "unknown"
METHODS = ("GET", "HEAD")

KEPT = 1.0
"""Seconds for which an answer of `/readyz` is given again: who asks in a loop does not ask the database each time."""

FILES_KEPT = 15.0
"""Seconds for which is remembered whether the store of files answers: asking it goes over the network."""

logger = logging.getLogger(__name__)


def probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    answers = {"/healthz": alive, "/readyz": Readiness().response}

    def respond(request: HttpRequest) -> HttpResponse:
        probe = answers.get(request.path_info)
        return _probed(request, probe) if probe else get_response(request)

    return respond


def _probed(request: HttpRequest, probe: Callable[[], HttpResponse]) -> HttpResponse:
    response = probe() if request.method in METHODS else _other_method(request)
    response["Cache-Control"] = "no-store"
    return response


def _other_method(request: HttpRequest) -> HttpResponse:
    detail = messages.PROBE_METHOD.format(method=request.method)
    response = Problem(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", detail).response()
    response["Allow"] = ", ".join(METHODS)
    return response


def alive() -> HttpResponse:
    """This process answers. The database is not asked."""
    return JsonResponse({"ok": True})


class Readiness:
    """The database answers and has the tables of this version, a worker runs tasks, and files can be stored.

    The tables of this version, once they are there, stay there while it runs: they are looked up until then.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._has_tables = False
        self._found: tuple[float, dict[str, str]] | None = None
        self._files_found: tuple[float, str] | None = None

    def response(self) -> HttpResponse:
        parts = self._recent()
        if set(parts.values()) == {OK}:
            return JsonResponse({"ok": True, **parts})
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", str(messages.NOT_READY), extra=parts).response()

    def _recent(self) -> dict[str, str]:
        now = self._clock()
        if self._found is None or now - self._found[0] >= KEPT:
            self._found = now, {**self._stored(), "disk": _disk(), **self._files(now), **_broker()}
        return self._found[1]

    def _files(self, now: float) -> dict[str, str]:
        """Only of a store that is not on the disk; it is asked less often."""
        if not store_of_files().remote:
            return {}
        if self._files_found is None or now - self._files_found[0] >= FILES_KEPT:
            self._files_found = now, _store()
        return {"files": self._files_found[1]}

    def _stored(self) -> dict[str, str]:
        parts = {"database": FAILED, "schema": UNKNOWN, "worker": UNKNOWN}
        try:
            connection.ensure_connection()
            parts["database"] = OK
            parts["schema"] = OK if self._is_current() else FAILED
            if parts["schema"] == OK:
                parts["worker"] = OK if worker_is_alive() else FAILED
        except Error as error:
            logger.warning("not ready: %s", error)
        return parts

    def _is_current(self) -> bool:
        if not self._has_tables:
            executor = MigrationExecutor(connection)
            self._has_tables = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        else:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        return self._has_tables


def _broker() -> dict[str, str]:
    """Only where Redis carries wake-ups."""
    reason = broker_problem()
    if reason:
        logger.warning("not ready: Redis cannot be used: %s", reason)
    return {} if reason is None else {"broker": FAILED if reason else OK}


def _store() -> str:
    try:
        look_at_store()
    except StoreUnavailable as error:
        logger.warning("not ready: %s", error)
        return FAILED
    return OK


def _disk() -> str:
    disk = data_disk()
    if disk is None:
        return UNKNOWN
    return FAILED if disk.problem else OK
