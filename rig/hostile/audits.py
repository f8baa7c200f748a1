"""The audit for an attacker who has the database, but neither Lockstep's keys nor its files.

Uses only SQL and what the public source reveals: columns, triggers, the hash without a key.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from rig.hostile.trial import Trial

ENTRIES, CHECKPOINTS = "audit_auditentry", "audit_auditcheckpoint"
FACTS = (
    "id", "at", "actor_id", "os_user", "source", "address", "request_id", "action", "object_type", "object_id",
    "object_name", "before", "after",
)  # fmt: skip
START = "0" * 64
Row = dict[str, Any]


class Database:
    """SQL on SQLite or PostgreSQL, with `?` for values."""

    def __init__(self, connection: Any, *, postgres: bool) -> None:
        self._connection, self.postgres = connection, postgres

    def run(self, sql: str, *values: object) -> None:
        self._connection.execute(sql.replace("?", "%s") if self.postgres else sql, values)

    def rows(self, sql: str, *values: object) -> list[Row]:
        cursor = self._connection.execute(sql.replace("?", "%s") if self.postgres else sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def attempt(self, sql: str, *values: object) -> bool:
        """Whether the database accepted it."""
        try:
            self.run(sql, *values)
        except (sqlite3.Error, psycopg.Error):
            return False
        return True

    def drop_triggers(self) -> None:
        """As the owner of the database may."""
        if self.postgres:
            self.run(f"ALTER TABLE {ENTRIES} DISABLE TRIGGER ALL")
            self.run(f"ALTER TABLE {CHECKPOINTS} DISABLE TRIGGER ALL")
            return
        for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"):
            self.run(f"DROP TRIGGER {row['name']}")


@contextmanager
def database(trial: Trial) -> Iterator[Database]:
    if url := trial.lockstep.database_url:
        with psycopg.connect(url, autocommit=True) as connection:
            yield Database(connection, postgres=True)
        return
    path = trial.lockstep.data / "lockstep.sqlite3"
    with contextlib.closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        yield Database(connection, postgres=False)


def entries(database: Database) -> list[Row]:
    return database.rows(f"SELECT * FROM {ENTRIES} WHERE number IS NOT NULL ORDER BY number")


def rehash(database: Database, *, keep_first: bool = True) -> None:
    """Rebuild the chain with the hash without a key, as anybody can who reads the source."""
    last, number = START, 0
    if keep_first and (first := entries(database)) and first[0]["number"] > 1:
        last, number = first[0]["previous"], first[0]["number"] - 1
    for row in entries(database):
        number += 1
        made = _digest(row, number, last)
        database.run(
            f"UPDATE {ENTRIES} SET number = ?, previous = ?, hash = ? WHERE id = ?", number, last, made, row["id"]
        )
        last = made


def _digest(row: Row, number: int, previous: str) -> str:
    facts = {name: _plain(name, row[name]) for name in FACTS}
    text = json.dumps([number, previous, facts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(name: str, value: Any) -> Any:
    if name == "at":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if name in ("before", "after") and isinstance(value, str):
        return json.loads(value)
    return value


def forged_entry(database: Database, *, number: int | None, hashed: bool = False) -> None:
    """Insert a row that Lockstep never wrote, by the actor of the first entry."""
    model = entries(database)[0]
    row = {name: value for name, value in model.items() if name != "id"}  # unknown columns are copied
    row |= {"action": "migration.approve", "object_type": "migrations.migration", "object_id": "1", "object_name": "1"}
    row |= {"before": None, "after": json.dumps({"by": "nobody"}), "number": number, "previous": "", "hash": ""}
    row |= {"nonce": secrets.token_hex(len(str(row["nonce"])) // 2)} if "nonce" in row else {}
    row = {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in row.items()}
    names = ", ".join(f'"{name}"' for name in row)
    database.run(f"INSERT INTO {ENTRIES} ({names}) VALUES ({', '.join('?' * len(row))})", *row.values())
    if hashed and number is not None:
        made = database.rows(f"SELECT * FROM {ENTRIES} WHERE number = ?", number)[0]
        before = database.rows(f"SELECT hash FROM {ENTRIES} WHERE number = ?", number - 1)
        previous = before[0]["hash"] if before else START
        made_hash = _digest(made, number, previous)
        database.run(f"UPDATE {ENTRIES} SET previous = ?, hash = ? WHERE id = ?", previous, made_hash, made["id"])
