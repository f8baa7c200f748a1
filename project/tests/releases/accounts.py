"""The same people on both servers under other numbers: into the database, because 4.1 and 5.0 offer no such REST."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from rig.check.rest import Superset
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD
from rig.servers.instances import Instance

ROLE = "Sales"
"""Restricts the dashboard, and its rows; has no permission of its own."""

PEOPLE = {
    "bob": ("Alpha",),
    "eve": ("Gamma", ROLE),
    "sam": ("Alpha", ROLE),
    "gus": ("Gamma",),
    "zoe": ("Alpha",),
}
"""Bob is the owner. Sam reads all datasets and has the role, Zoe the same without it."""


def add(server: Instance, first: int) -> None:
    """Numbered from the first; all have the password of the administrator."""
    with closing(sqlite3.connect(server.database, timeout=30)) as database, database:
        database.execute("INSERT INTO ab_role (id, name) VALUES (?, ?)", (first, ROLE))
        for number, (name, roles) in enumerate(PEOPLE.items(), start=first):
            database.execute(ACCOUNT, (number, name, name, f"{name}@example.org", ADMIN))
            for role in roles:
                database.execute(MEMBER, (number, role))


ACCOUNT = """\
INSERT INTO ab_user (id, first_name, last_name, username, email, password, active)
SELECT ?, ?, 'U', ?, ?, password, active FROM ab_user WHERE username = ?"""
MEMBER = """\
INSERT INTO ab_user_role (id, user_id, role_id)
SELECT (SELECT coalesce(max(id), 0) + 1 FROM ab_user_role), ?, id FROM ab_role WHERE name = ?"""


def number_of(server: Instance, table: str, **wanted: str) -> int:
    [(column, value)] = wanted.items()
    with closing(sqlite3.connect(server.database, timeout=30)) as database:
        [[number]] = database.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchall()
    return int(number)


def signed_in(server: Superset, name: str) -> Superset:
    return Superset(server.url, username=name, password=ADMIN_PASSWORD)
