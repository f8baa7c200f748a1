"""The PostgreSQL of this machine: does one answer, and databases of our own in it.

Asks 127.0.0.1 as postgres, unless PGHOST, PGPORT, PGUSER and PGPASSWORD say otherwise; needs psycopg, as Lockstep does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

MAINTENANCE = "postgres"


def url(database: str = "lockstep") -> str:
    user, password = os.environ.get("PGUSER", "postgres"), os.environ.get("PGPASSWORD", "")
    account = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return f"postgres://{account}@{os.environ.get('PGHOST', '127.0.0.1')}:{os.environ.get('PGPORT', '5432')}/{database}"


@contextmanager
def own_database(server: str, name: str, *, like: str = "") -> Iterator[str]:
    """Create a database on the server of this URL, yield its URL, and drop it. `like`: URL of a database to copy."""
    parts = urlsplit(server)
    identifier = sql.Identifier(name)
    with psycopg.connect(urlunsplit(parts._replace(path=f"/{MAINTENANCE}")), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(identifier))
        original = sql.Identifier(urlsplit(like).path.strip("/") if like else "template1")
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(identifier, original))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))


def refusal() -> str:
    """Why PostgreSQL is unreachable; empty if it is not."""
    try:
        psycopg.connect(url(MAINTENANCE), connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return f"PostgreSQL is unreachable: {error}".strip()
    return ""
