# [DEF:tasks.web.server:Module]
# @COMPLEXITY: 3
# @PURPOSE: The web server of `manage.py run`, and what a first start needs.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> tasks.web.connections

from __future__ import annotations

import errno
import socket

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from apps.core.errors import LockstepError
from apps.tasks.web.connections import HttpConnection, SocketConnection

HOST = "127.0.0.1"

LONGEST_MESSAGE = 4096
"""Bytes that a client may send through a socket at once: it only ever asks."""

STALLED = 60_000
"""Milliseconds after which the kernel gives up a connection whose other end takes nothing, with what waits for it."""


def listen(port: int) -> socket.socket:
    """The listening socket, before anything else is started: whoever connects early waits."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; inherited by each connection
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise LockstepError(
                f"Port {port} of {HOST} is taken by another program: choose another with --port or LOCKSTEP_PORT."
            ) from None
        raise LockstepError(f"Port {port} of {HOST} cannot be used ({error.strerror}): choose another.") from None
    return listener


def serve(listener: socket.socket) -> None:
    """Answer requests until SIGTERM."""
    server().run(sockets=[listener])


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


def is_first_start() -> bool:
    """Whether the database has no tables yet. LockstepError if it has those of an older version."""
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending and executor.loader.applied_migrations:
        raise LockstepError(
            f"The database is of an older version and lacks {len(pending)} schema migrations: stop other processes of "
            "Lockstep, make a backup, then run `manage.py migrate`."
        )
    return bool(pending)


def prepare_database() -> None:
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
