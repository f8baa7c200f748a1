# mypy: disable-error-code="import-not-found,import-untyped"
"""Creates a metadata database and the example tables. Runs in the virtual environment of Superset.

    boot.py FOLDER          writes FOLDER/bare.db (no content), FOLDER/superset.db (with the examples),
                            FOLDER/examples.db
    boot.py FOLDER bare     only the first, as FOLDER/superset.db too: older releases ship their examples without data

The commands are those of Superset (`db upgrade`, `fab create-admin`, `init`, `load-examples`), with three differences
that reduce the time from six minutes to half a minute: the application is created once; a second process writes the
example tables in parallel; rows go to SQLite by plain `executemany` instead of multi-row INSERTs, which take minutes to
compile. Tables, types and values are the same.
"""

import datetime
import os
import signal
import sqlite3
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from flask.cli import ScriptInfo
from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.engine import Engine
from superset.app import create_app

ADMIN = ["--username", "admin", "--firstname", "Ada", "--lastname", "Admin", "--email", "admin@example.org"]
TO_SQL = pd.DataFrame.to_sql


class Written(Exception):
    """Stops a loader after its table and before its metadata."""


@event.listens_for(Engine, "connect")
def skip_sync(connection: Any, _record: Any) -> None:
    """No need to sync: the files are thrown away on failure."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


def main() -> None:
    folder = Path(sys.argv[1])
    app = create_app()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if sys.argv[2:] == ["bare"]:
        write_metadata(app, folder)
        return
    tables = in_child(lambda: write_tables(app, folder / "examples.db"))
    try:
        write_metadata(app, folder)
    except BaseException:
        os.kill(tables, signal.SIGKILL)  # or it would go on writing where the next start writes
        raise
    if os.waitstatus_to_exitcode(os.waitpid(tables, 0)[1]):
        raise SystemExit("The example tables could not be written; see above.")
    pd.DataFrame.to_sql = write_unless_there
    command(app, "load-examples")
    print("filled", flush=True)


def write_metadata(app: Any, folder: Path) -> None:
    command(app, "db", "upgrade")
    command(app, "fab", "create-admin", *ADMIN, "--password", os.environ["RIG_ADMIN_PASSWORD"])
    command(app, "init")
    copy(folder / "superset.db", folder / "bare.db")
    print("bare", flush=True)


def command(app: Any, *arguments: str) -> None:
    """Run a command of Superset on the existing application."""
    from superset.cli.main import superset  # noqa: PLC0415 - it needs an application

    superset.main(
        args=list(arguments), obj=ScriptInfo(create_app=lambda: app), standalone_mode=False, prog_name="superset"
    )


def in_child(work: Any) -> int:
    """Process id of a child that does this work and exits with 0, or 1 after a traceback."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - the child ends here, whatever happened
        traceback.print_exc()
    finally:
        os._exit(code)


class Target:
    """The part of Superset's `Database` that a loader needs before it writes."""

    id = 0

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{path}")

    @contextmanager
    def get_sqla_engine(self) -> Any:
        yield self._engine

    def has_table(self, _table: Any) -> bool:
        return False


def write_tables(app: Any, path: Path) -> None:
    """Run every example loader until its rows are written."""
    with app.app_context():
        from superset.examples import data_loading, generic_loader  # noqa: PLC0415 - they need an application

        target = Target(path)
        generic_loader.get_example_database = lambda: target
        pd.DataFrame.to_sql = write_and_stop
        for name, loader in data_loading.discover_datasets().items():
            try:
                loader(only_metadata=False, force=True)
            except Written:
                continue
            raise RuntimeError(f"{name} wrote no table")


def write_and_stop(frame: Any, name: str, engine: Any, **options: Any) -> None:
    write(frame, name, engine, **options)
    raise Written


def write_unless_there(frame: Any, name: str, engine: Any, **options: Any) -> None:
    """Write the rows unless the other process did."""
    if inspect(engine).has_table(name):
        with engine.connect() as connection:
            if connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar() == len(frame):
                return
    write(frame, name, engine, **options)


def write(frame: Any, name: str, engine: Any, **options: Any) -> None:
    TO_SQL(frame, name, engine, **{**options, "method": plain_insert, "chunksize": None})


def plain_insert(table: Any, connection: Any, keys: list[str], rows: Any) -> None:
    columns = ", ".join('"' + key.replace('"', '""') + '"' for key in keys)
    marks = ", ".join("?" * len(keys))
    connection.connection.cursor().executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', rows)


def copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as a, sqlite3.connect(target) as b:
        a.backup(b)


# As SQLAlchemy stores them; the standard adapter leaves microseconds out where they are zero.
sqlite3.register_adapter(datetime.datetime, lambda value: value.isoformat(" ", "microseconds"))
sqlite3.register_adapter(pd.Timestamp, lambda value: value.isoformat(" ", "microseconds"))

if __name__ == "__main__":
    main()
