"""`make demo`: two real Supersets, three real dashboards, one planned, verified, reversible migration."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig import locks, paths
from rig.checker import compare
from rig.configuration import ADMIN, ADMIN_PASSWORD
from rig.errors import RigError
from rig.lockstep import DONE, FAILED, PENDING, Lockstep
from rig.pair import WAREHOUSE, WAREHOUSE_UUID, Pair
from rig.processes import Process
from rig.progress import Progress
from rig.rest import Superset

DASHBOARDS = {
    "Sales Dashboard": "04f79081-fb49-7bac-7f14-cc76cd2ad93b",
    "Video Game Sales": "c7bc10f4-6a2d-7569-caae-bbc91864ee11",
    "USA Births Names": "births",
}
EXAMPLES = "examples"
DEV_PORT, PROD_PORT = 8188, 8189
STOP_SECONDS = 20


def run(*, dev_port: int, prod_port: int, oneshot: bool) -> int:
    """The whole demo; 0 once its result is shown and it has ended as it should."""
    with locks.at_once(_lock()) as alone, _signals_as_interrupt():
        if not alone:
            raise RigError(
                f"The demo runs already, as process {_holder()}. Use that one, or end it with `make demo-down`."
            )
        progress = Progress()
        pair = Pair(paths.demo(), dev_port=dev_port, prod_port=prod_port)
        try:
            pair.up(progress, advice=f"Choose others: make demo DEV_PORT={dev_port + 100} PROD_PORT={prod_port + 100}")
            lockstep = prepare(pair, progress)
            code = migrate(lockstep, pair)
            if code == DONE and not oneshot:
                _stay_up(progress)
        except KeyboardInterrupt:
            progress.say("Interrupted")
            code = FAILED
        finally:
            with _undisturbed():
                pair.down(progress)
    return code


# --- its acts


def prepare(pair: Pair, progress: Progress) -> Lockstep:
    """Lockstep over the demo's own data, with an administrator and both environments registered."""
    data = paths.demo() / "lockstep"
    ports = f"{pair.dev.port} {pair.prod.port}"
    kept_ports = paths.demo() / "ports"
    if data.exists() and (not kept_ports.exists() or kept_ports.read_text() != ports):
        progress.say("The ports are not those of the last time: Lockstep's own demo data begin anew")
        shutil.rmtree(data)
    kept_ports.write_text(ports)
    lockstep = Lockstep(data)
    ready = data / "demo-ready"
    if not ready.exists():
        with progress.step("Preparing Lockstep: database, keys, an administrator"):
            lockstep.need("migrate", "--verbosity", "0")
            if not any(data.glob("demo-admin")):
                password = data / "demo-admin"
                password.touch(mode=0o600)
                password.write_text(secrets.token_urlsafe(16))
                lockstep.need("create_admin", ADMIN, "--password-file", str(password))
        _register(lockstep, pair)
        ready.touch()
    return lockstep


def _register(lockstep: Lockstep, pair: Pair) -> None:
    known = {environment["name"] for environment in lockstep.json("environment", "list")}
    for server in pair.both:
        if server.name in known:
            continue
        words = (
            "environment",
            "add",
            server.name,
            server.url,
            "--username",
            ADMIN,
            "--password-stdin",
            "--tier",
            server.name,
        )
        if lockstep.show(*words, stdin=ADMIN_PASSWORD) != DONE:
            raise RigError(f"“{server.name}” could not be registered, see above.")


def migrate(lockstep: Lockstep, pair: Pair) -> int:
    """Plan, apply, check: the exit code for the whole."""
    chosen = [word for name in DASHBOARDS.values() for word in ("--dashboard", name)]
    planned = lockstep.show("migration", "plan", "dev", "prod", *chosen, "--map-database", f"{EXAMPLES}={WAREHOUSE}")
    if planned == PENDING:
        migration = max(int(row["id"]) for row in lockstep.json("migration", "list"))
        planned = lockstep.show("migration", "apply", str(migration), "--yes")
    if planned != DONE:
        return FAILED
    return _show_result(pair)


def _show_result(pair: Pair) -> int:
    dev, prod = Superset(pair.dev.url), Superset(pair.prod.url)
    uuids = [
        str(row["uuid"])
        for row in prod.rows("dashboard", "uuid", "dashboard_title")
        if row["dashboard_title"] in DASHBOARDS
    ]
    result = compare(dev, prod, uuids, databases={_uuid_of(dev, EXAMPLES): WAREHOUSE_UUID})
    equal = not result.differences and len(uuids) == len(DASHBOARDS)
    print(f"\nChecked once more, by a program that shares no code with Lockstep: {result.summary()}")
    for difference in result.differences:
        print(f"  {difference}")
    _print_table(
        ["", *(server.name for server in pair.both)],
        *([title, *(_address(server, title) for server in (dev, prod))] for title in DASHBOARDS),
        ["Login", *([f"{ADMIN} / {ADMIN_PASSWORD}"] * 2)],
    )
    print(f"\nLockstep's own data are in {paths.demo() / 'lockstep'}. To go on by hand:")
    print(f"  LOCKSTEP_DATA_DIR={paths.demo() / 'lockstep'} .venv/bin/python manage.py migration list\n", flush=True)
    return DONE if equal else FAILED


def _uuid_of(server: Superset, database: str) -> str:
    return next(
        str(row["uuid"]) for row in server.rows("database", "uuid", "database_name") if row["database_name"] == database
    )


def _address(server: Superset, title: str) -> str:
    rows = server.rows("dashboard", "id", "slug", "dashboard_title")
    name = next((row["slug"] or row["id"] for row in rows if row["dashboard_title"] == title), "?")
    return f"{server.url}/superset/dashboard/{name}/"


def _print_table(*rows: list[str]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _stay_up(progress: Progress) -> None:
    progress.say("Both servers are up. Ctrl-C stops them, `make demo` brings them back, `make demo-down` removes them")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


# --- its ending


def down(progress: Progress) -> None:
    """End a demo that runs, stop its servers and remove all its data; what was installed stays."""
    _remove(progress)
    progress.say(
        f"The demo is gone. Superset stays installed in {paths.superset_venv()} (`make demo-clean` removes it)"
    )


def _remove(progress: Progress) -> None:
    with locks.at_once(_lock()) as alone:
        if not alone:
            _end_the_other(progress)
    Pair(paths.demo(), dev_port=0, prod_port=0).wipe(progress)
    shutil.rmtree(paths.demo() / "lockstep", ignore_errors=True)
    (paths.demo() / "ports").unlink(missing_ok=True)


def clean(progress: Progress) -> None:
    """`down`, and remove what was installed and prepared for all demos and tests."""
    _remove(progress)
    with progress.step(f"Removing {paths.superset_venv()} and {paths.template()}"):
        for folder in (paths.superset_venv(), paths.template(), paths.demo()):
            shutil.rmtree(folder, ignore_errors=True)


def _end_the_other(progress: Progress) -> None:
    process = Process.of(int(_holder() or 0))
    if process is None:
        raise RigError("Another demo is just ending. Try again.")
    with progress.step(f"Ending the demo that runs as process {process.pid}"):
        process.ask_to_stop()
        if not process.wait(STOP_SECONDS):
            raise RigError(f"The demo that runs as process {process.pid} did not end within {STOP_SECONDS} seconds.")


def _lock() -> Path:
    return paths.demo() / "lock"


def _holder() -> str:
    return _lock().read_text()


@contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """A closed terminal or a polite kill ends the demo as Ctrl-C does."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
    yield


@contextmanager
def _undisturbed() -> Iterator[None]:
    """While it stops its servers, a second Ctrl-C is not heard."""
    before = {
        number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ports_from_environment() -> tuple[int, int]:
    """DEV_PORT and PROD_PORT, or the usual ones."""
    wanted = (_port("DEV_PORT", DEV_PORT), _port("PROD_PORT", PROD_PORT))
    if wanted[0] == wanted[1]:
        raise RigError(f"DEV_PORT and PROD_PORT are both {wanted[0]}: two servers need two ports.")
    return wanted


def _port(name: str, usual: int) -> int:
    given = os.environ.get(name) or str(usual)
    if not given.isdecimal() or not 1024 <= int(given) <= 65535:
        raise RigError(f"{name} is “{given}”: give a port number from 1024 to 65535.")
    return int(given)
