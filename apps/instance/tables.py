# [DEF:instance.tables:Module]
# @COMPLEXITY: 3
# @PURPOSE: Rows of tables as lines of JSON and back, the same for both databases, one row after the other.
# @RELATION DEPENDS_ON -> core.errors
"""A line is what PostgreSQL's `row_to_json` makes of a row: times in ISO 8601 with their offset, UUIDs with dashes,
JSON as it is. SQLite is brought into that form by the types of its columns. No model is asked, so the tables of an
older or newer version can be written and read, too. Names of tables and columns come from the database, never from an
archive.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import Error, connection, transaction

from apps.core.errors import Damaged
from apps.instance import messages

ROWS, BYTES = 500, 500_000
"""Rows that are inserted at once, and the size of their lines."""

Row = dict[str, Any]
Convert = Callable[[Any], Any]


@contextmanager
def snapshot() -> Iterator[None]:
    """Inside, every table is read as it was at one moment, whoever writes meanwhile. Nobody waits for it."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    # Django finds this out in a transaction of its own, which inside ours would fail, and mean: no column is JSON
    assert connection.features.supports_json_field
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # `atomic` would begin by writing, and keep out whoever writes
        try:
            cursor.execute("SELECT count(*) FROM sqlite_master")
            yield
        finally:
            cursor.execute("ROLLBACK")


def columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [each.name for each in connection.introspection.get_table_description(cursor, table)]


def lines(table: str) -> Iterator[bytes]:
    """The rows, without line ends, in the order of their numbers. Call it in a `snapshot`."""
    yield from _of_postgresql(table) if connection.vendor == "postgresql" else _of_sqlite(table)


def insert(table: str, source: Iterable[bytes]) -> int:
    """Store these lines, and return how many there were. Damaged if one does not fit into the table."""
    store = _into_postgresql if connection.vendor == "postgresql" else _into_sqlite
    names = set(columns(table))
    number = 0
    try:
        for batch in _batches(source):
            if set(json.loads(batch[0])) != names:
                raise ValueError("other columns")
            store(table, batch)
            number += len(batch)
    except (Error, ValueError, KeyError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise Damaged(messages.ROWS_REFUSED.format(table=table, number=number + 1, reason=reason)) from error
    return number


def settle(tables: Iterable[str]) -> None:
    """After the last row: check what refers to what, and let numbering go on after the last number."""
    try:
        connection.check_constraints()
    except Error as error:
        raise Damaged(messages.ROWS_UNCONNECTED.format(reason=str(error).partition("\n")[0])) from error
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        # A later change of a table is refused while checks of its rows are pending
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            for sequence in connection.introspection.get_sequences(cursor, table):
                _reset(cursor, table, sequence["column"])


def _reset(cursor: Any, table: str, column: str) -> None:
    quoted, name = connection.ops.quote_name(table), connection.ops.quote_name(column)
    last = f"SELECT max({name}) FROM {quoted}"  # noqa: S608
    cursor.execute(
        f"SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(({last}), 1), ({last}) IS NOT NULL)", [quoted, column]
    )


def _batches(source: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for line in source:
        batch.append(line)
        size += len(line)
        if len(batch) >= ROWS or size >= BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _of_postgresql(table: str) -> Iterator[bytes]:
    """COPY hands over row by row, where a cursor would collect thousands."""
    rows = f"SELECT * FROM {_quoted(table)} ORDER BY 1"  # noqa: S608
    query = f"COPY (SELECT row_to_json(t) FROM ({rows}) t) TO STDOUT"  # noqa: S608
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for (line,) in copy.rows():
            yield line.encode()


def _into_postgresql(table: str, batch: list[bytes]) -> None:
    quoted = _quoted(table)
    names = ", ".join(map(_quoted, columns(table)))
    text = f"[{','.join(line.decode() for line in batch)}]"
    query = f"INSERT INTO {quoted} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{quoted}, %s::json)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [text])


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _of_sqlite(table: str) -> Iterator[bytes]:
    names = columns(table)
    convert = {names.index(name): kind[0] for name, kind in _kinds(table).items()}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(map(_quoted, names))} FROM {_quoted(table)} ORDER BY 1")  # noqa: S608
        for row in cursor.cursor:
            values = list(row)
            for place, change in convert.items():
                if values[place] is not None:
                    values[place] = change(values[place])
            yield json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False, separators=(",", ":")).encode()


def _into_sqlite(table: str, batch: list[bytes]) -> None:
    rows: list[Row] = [json.loads(line) for line in batch]
    names = columns(table)
    convert = {name: kind[1] for name, kind in _kinds(table).items()}
    values = [[_converted(row[name], convert.get(name)) for name in names] for row in rows]
    places = ", ".join(["%s"] * len(names))
    query = f"INSERT INTO {_quoted(table)} ({', '.join(map(_quoted, names))}) VALUES ({places})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(query, values)


def _converted(value: Any, change: Convert | None) -> Any:
    return value if value is None or change is None else change(value)


def _kinds(table: str) -> dict[str, tuple[Convert, Convert]]:
    """For the columns whose values SQLite keeps in another form: into JSON, and back."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return {
        each.name: _KINDS["json" if each.has_json_constraint else each.type_code]
        for each in found
        if each.has_json_constraint or each.type_code in _KINDS
    }


def _moment(value: datetime | str) -> str:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


def _stored_moment(text: str) -> str:
    return str(datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None))


def _iso(value: date | time | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


_KINDS: dict[str, tuple[Convert, Convert]] = {
    "datetime": (_moment, _stored_moment),
    "date": (_iso, str),
    "time": (_iso, str),
    "bool": (bool, int),
    "char(32)": (lambda value: str(uuid.UUID(value)), lambda text: uuid.UUID(text).hex),
    "json": (json.loads, json.dumps),
}


def _quoted(table: str) -> str:
    return str(connection.ops.quote_name(table))
