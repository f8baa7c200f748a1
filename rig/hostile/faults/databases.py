"""Faults of Lockstep's database: broken connections, locks, a read-only server."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from rig.hostile.trial import Trial


def break_connections(trial: Trial) -> int:
    """Terminate all connections to the database of the trial; their number."""
    with psycopg.connect(trial.lockstep.database_url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return len(ended)


@contextmanager
def closed(trial: Trial) -> Iterator[None]:
    """Refuse and terminate all connections, as a restarting server does."""
    _allow(trial, connections=False)
    try:
        yield
    finally:
        _allow(trial, connections=True)


def _allow(trial: Trial, *, connections: bool) -> None:
    parts = urlsplit(trial.lockstep.database_url)
    name = parts.path.strip("/")
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as maintenance:
        limit = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
            sql.Identifier(name), sql.SQL("true" if connections else "false")
        )
        maintenance.execute(limit)
        if not connections:
            maintenance.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


@contextmanager
def reads_only(trial: Trial) -> Iterator[None]:
    """On PostgreSQL: every new transaction is read-only, as on a standby."""
    parts = urlsplit(trial.lockstep.database_url)
    name = sql.Identifier(parts.path.strip("/"))
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as maintenance:
        maintenance.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        break_connections(trial)
        try:
            yield
        finally:
            maintenance.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
            break_connections(trial)


@contextmanager
def locked(trial: Trial) -> Iterator[None]:
    """On SQLite: a write transaction that does not end."""
    path = trial.lockstep.data / "lockstep.sqlite3"
    with contextlib.closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
