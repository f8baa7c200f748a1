# [DEF:tasks.web.server:Module]
# @COMPLEXITY: 3
# @PURPOSE: The web server of `lockstep run`, and what a first start needs.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.management.supervisor
# @RELATION CALLS -> core.concurrency
# @RELATION DEPENDS_ON -> tasks.web.connections

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable, Sized
from types import FrameType

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from apps.core.advice import advise
from apps.core.concurrency import schema_lock
from apps.core.errors import LockstepError
from apps.core.management.supervisor import share_one_heap
from apps.tasks import messages
from apps.tasks.web.connections import HttpConnection, SocketConnection

LONGEST_MESSAGE = 4096
"""Bytes that a client may send through a socket at once: it only ever asks."""

STALLED = 60_000
"""Milliseconds after which the kernel gives up a connection whose other end takes nothing, with what waits for it."""


def listen(port: int) -> socket.socket:
    """The listening socket, opened before anything else is started: early clients wait."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; inherited by each connection
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED)
    try:
        listener.bind((settings.HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        place = {"port": port, "host": settings.HOST}
        if error.errno == errno.EADDRINUSE:
            raise LockstepError(messages.PORT_TAKEN.format(**place), advice=advise("tasks.port")) from None
        unusable = messages.PORT_UNUSABLE.format(**place, reason=error.strerror)
        raise LockstepError(unusable, advice=advise("tasks.port")) from None
    return listener


def serve(listener: socket.socket) -> None:
    """Answer requests until SIGTERM or SIGINT."""
    share_one_heap()
    running = server()

    def stop(_number: int, _frame: FrameType | None) -> None:
        running.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)  # uvicorn replaces them, and raises them again once it has stopped
    running.run(sockets=[listener])


def server() -> uvicorn.Server:
    config = uvicorn.Config(
        import_string(settings.ASGI_APPLICATION),
        lifespan="off",
        forwarded_allow_ips=settings.PROXIES,
        http=HttpConnection,
        ws=SocketConnection,
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,  # costs each socket memory, and each message time, once per socket
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def is_first_start(waiting: Callable[[], object]) -> bool:
    """Whether the database has no tables yet. LockstepError if it has those of an older version.

    Tables that are being made right now look like those of an older version: `waiting` is called, and then it waits.
    """
    if not _pending(MigrationExecutor(connection)):
        return False
    with schema_lock(connection, waiting):
        executor = MigrationExecutor(connection)
    pending = _pending(executor)
    if pending and executor.loader.applied_migrations:
        raise LockstepError(messages.schema_outdated(len(pending)), advice=advise("tasks.migrate"))
    return bool(pending)


def _pending(executor: MigrationExecutor) -> Sized:
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


def prepare_database() -> None:
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
