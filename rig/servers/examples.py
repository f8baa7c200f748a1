"""Imports the examples of the newest release, as they were recorded, into an older one."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

from rig import paths
from rig.check.exports import KINDS, parse
from rig.check.releases import as_held
from rig.check.rest import Superset
from rig.servers.instances import Instance

RECORDED = paths.CHECKOUT / "apps/superset/tests/recordings/6.1/all.zip"
EXAMPLES = "examples"
EXAMPLES_UUID = "a2dc77af-e654-49bb-b321-40f6b559a1ee"
ENOUGH_OF_A_CONNECTION = ("uuid", "database_name", "sqlalchemy_uri", "version")
NEVER_NULL = ("offset", "filter_select_enabled", "normalize_columns", "always_filter_main_dttm")
"""Fields of a dataset that no importer takes as null."""

TYPES = {"dataset": "SqlaTable", "chart": "Slice", "dashboard": "Dashboard"}
ORDER = tuple(TYPES)
"""Each is imported with everything below it."""

TABLES = {"dataset": "tables", "chart": "slices", "dashboard": "dashboards"}
REFERENCES = {
    "dataset": (("table_columns", "table_id"), ("sql_metrics", "table_id"), ("sqlatable_user", "table_id")),
    "chart": (("slice_user", "slice_id"), ("dashboard_slices", "slice_id")),
    "dashboard": (("dashboard_user", "dashboard_id"), ("dashboard_slices", "dashboard_id")),
}
"""By kind, where its number is kept beside its own table, once it and nothing above it is imported."""

Files = dict[str, tuple[str, dict[str, Any]]]
"""Kind and document by path in the bundle."""


def load(rest: Superset, server: Instance, newest: Path) -> None:
    """Create the connection and import all; `newest` is the metadata of the newest release with its examples."""
    rest.create("database", {"database_name": EXAMPLES, "uuid": EXAMPLES_UUID, "sqlalchemy_uri": server.tables_uri})
    files = recorded(server.release)
    for number, kind in enumerate(ORDER):
        wanted = ("database", *ORDER[: number + 1])
        sent = {path: document for path, (each, document) in files.items() if each in wanted}
        rest.upload(kind, bundle(sent, TYPES[kind]), overwrite="true")
        _renumber(server.database, newest, kind)
    with closing(sqlite3.connect(server.database, timeout=30)) as here, here:
        # Empty, but encrypted with the key of this server, and the content is for others.
        here.execute("UPDATE dbs SET encrypted_extra = NULL")


def recorded(release: str) -> Files:
    """The recorded examples as this release takes them."""
    with zipfile.ZipFile(RECORDED) as archive:
        return dict(_converted(archive, release))


def _converted(archive: zipfile.ZipFile, release: str) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    for name in archive.namelist():
        path = name.partition("/")[2]
        kind = KINDS.get(path.partition("/")[0])
        if kind:
            yield path, (kind, taken(kind, parse(archive.read(name)), release))


def taken(kind: str, document: dict[str, Any], release: str) -> dict[str, Any]:
    """The document as the importer of this release takes it."""
    if kind == "database":
        return {name: document[name] for name in ENOUGH_OF_A_CONNECTION}
    document = as_held(kind, document, release)
    nulls = [name for name in NEVER_NULL if kind == "dataset" and document.get(name) is None]
    return {name: value for name, value in document.items() if name not in nulls}


def bundle(documents: dict[str, dict[str, Any]], type_: str) -> bytes:
    packed = io.BytesIO()
    metadata = {"version": "1.0.0", "type": type_, "timestamp": "2026-01-01T00:00:00+00:00"}
    with zipfile.ZipFile(packed, "w") as archive:
        for path, document in {"metadata.yaml": metadata, **documents}.items():
            archive.writestr(f"examples/{path}", yaml.safe_dump(document, sort_keys=False))
    return packed.getvalue()


# --- numbers


def _renumber(database: Path, newest: Path, kind: str) -> None:
    """Give the assets of this kind the numbers that they have on the newest release."""
    with closing(sqlite3.connect(database, timeout=30)) as here:
        here.execute("ATTACH ? AS newest", (str(newest),))
        table = TABLES[kind]
        move(
            here, kind, here.execute(f"SELECT a.id, b.id FROM {table} a JOIN newest.{table} b USING (uuid)").fetchall()
        )
        if kind == "dataset":
            _move(here, here.execute(COLUMNS).fetchall(), (("table_columns", "id"),))
        here.commit()


COLUMNS = "SELECT a.id, b.id FROM table_columns a JOIN newest.table_columns b USING (table_id, column_name)"


def move(here: sqlite3.Connection, kind: str, pairs: list[tuple[int, int]]) -> None:
    """Give assets of this kind, each of which has the first number, the second."""
    _move(here, pairs, ((TABLES[kind], "id"), *REFERENCES[kind]))
    if kind == "dataset":
        _name_permissions(here, pairs)


def _move(here: sqlite3.Connection, pairs: list[tuple[int, int]], places: Iterable[tuple[str, str]]) -> None:
    """From each number to the other, by way of negative ones, because the two sets overlap."""
    for table, column in places:
        there = [(-new, old) for old, new in pairs]
        here.executemany(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", there)
        here.execute(f"UPDATE {table} SET {column} = -{column} WHERE {column} < 0")


def _name_permissions(here: sqlite3.Connection, pairs: list[tuple[int, int]]) -> None:
    """The permission on a dataset has its number in its name: `[examples].[flights](id:7)`."""
    for old, new in pairs:
        [[name]] = here.execute("SELECT perm FROM tables WHERE id = ?", (new,)).fetchall()
        renamed = name.replace(f"(id:{old})", f"(id:{new})")
        here.execute("UPDATE tables SET perm = ? WHERE id = ?", (renamed, new))
        here.execute("UPDATE ab_view_menu SET name = ? WHERE name = ?", (renamed, name))
