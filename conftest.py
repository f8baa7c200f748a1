"""What every test has: no network but loopback, and a data directory of its own."""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.cache import cache
from django.core.management import get_commands, load_command_class
from django.core.management.base import OutputWrapper
from django.db.backends.base.operations import BaseDatabaseOperations
from rest_framework.test import APIClient
from whitenoise.middleware import WhiteNoiseMiddleware

from apps.audit import triggers
from apps.core.tests.buckets import S3Server, s3_server
from apps.core.tests.pages import sign_in

DATABASE = {"db", "transactional_db"}
ROWS = 6


def pytest_addoption(parser: pytest.Parser) -> None:
    of_database = f"only tests with access to the database, for a second one; of a longer table {ROWS} rows"
    parser.addoption("--of-database", action="store_true", help=of_database)
    rows = "the fixed part of a long suite: of a test with a longer table NUMBER rows, spread evenly"
    parser.addoption("--rows", type=int, metavar="NUMBER", help=rows)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    of_database = config.getoption("of_database")
    most = config.getoption("rows") or (ROWS if of_database else None)
    if most is None:
        return
    tables: dict[str, list[pytest.Item]] = {}
    for item in items:
        if _has_database(item) or not of_database:
            tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = {item for rows in tables.values() for item in spread(rows, most)}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def _has_database(item: pytest.Item) -> bool:
    """As pytest-django grants it: any other test that asks the database fails."""
    asked = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not DATABASE.isdisjoint(asked)


def spread(rows: list[Any], wanted: int) -> list[Any]:
    """Always the same ones, the first among them."""
    return [rows[index * len(rows) // wanted] for index in range(wanted)] if len(rows) > wanted else rows


class NetworkBlocked(AssertionError):
    """A test tried to leave the machine."""


def _is_local(address: Any) -> bool:
    if isinstance(address, (str, bytes)):  # a Unix socket
        return True
    host = str(address[0])
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in {"localhost", ""}


def _block(original: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if not _is_local(address):
            raise NetworkBlocked(f"A test may only reach loopback, not {address!r}.")
        return original(self, address)

    return guarded


def _block_lookup(original: Any) -> Any:
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not _is_local((host.decode() if isinstance(host, bytes) else host,)):
            # As a name that nobody knows: the code under test has to cope with that anyway
            raise socket.gaierror(socket.EAI_NONAME, f"{host}: tests may only look up loopback")
        return original(host, *args, **kwargs)

    return guarded


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_works():
    """A shell starts what it runs in the background deaf to Ctrl-C, and programs that tests interrupt inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def only_loopback():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _block(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _block(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", _block_lookup(socket.getaddrinfo))
        yield


@pytest.fixture(autouse=True, scope="session")
def static_files_listed_once():
    """Each client of a test has a middleware of its own, which would look at each of some 450 files of the application:
    that took longer than what the test asked for."""
    original = WhiteNoiseMiddleware.add_files_from_finders
    listed: dict[Any, dict[str, Any]] = {}

    def add(self: Any) -> None:
        key = (self.static_prefix, *get_finders())
        if key not in listed:
            original(self)
            listed[key] = dict(self.files)
        self.files.update(listed[key])

    with mock.patch.object(WhiteNoiseMiddleware, "add_files_from_finders", add):
        yield


@pytest.fixture(autouse=True, scope="session")
def emptied_by_the_tests_alone():
    """After a test with real transactions all tables are emptied: the audit's guard would refuse."""
    original = BaseDatabaseOperations.execute_sql_flush

    def flush(self: Any, statements: Any) -> None:
        triggers.remove(self.connection)
        original(self, statements)
        triggers.install(self.connection)

    with mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", flush):
        yield


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path / "lockstep"
    return settings.DATA_DIR


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 server for all tests of this process."""
    with s3_server() as server:
        yield server


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def author(db: None) -> Any:
    """The one administrator there is, who acts in the commands."""
    return get_user_model().objects.create_superuser("author", password="only-for-tests")


@pytest.fixture
def viewer(db: None) -> Any:
    """Someone who can sign in and is nothing else."""
    return get_user_model().objects.create_user("viewer", password="only-for-tests")


@pytest.fixture
def staff(db: None) -> Any:
    """As far as Django's own rights go between the two."""
    return get_user_model().objects.create_user("staff", password="only-for-tests", is_staff=True)


@pytest.fixture
def api(author: Any) -> APIClient:
    """The API as the administrator sees it."""
    return api_of(author)


def api_of(user: Any = None) -> APIClient:
    """The API as this user sees it, or as someone who is not signed in."""
    client = APIClient(raise_request_exception=False)
    if user is not None:
        sign_in(client, user)
    return client


@pytest.fixture
def manage(capsys: pytest.CaptureFixture[str]) -> Manage:
    """Runs a command as `lockstep` does: `code, stdout, stderr = manage("environment", "list")`."""
    return Manage(capsys)


class Manage:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object) -> tuple[int, str, str]:
        name, *rest = map(str, words)
        code = 0
        # The base of our commands closes the connections at its end, and with them a test's transaction
        with mock.patch("apps.core.management.base.connections.close_all"):
            try:
                command = load_command_class(get_commands()[name], name)
                command.stdout, command.stderr = OutputWrapper(sys.stdout), OutputWrapper(sys.stderr)
                command.run_from_argv(["lockstep", name, *rest])
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else 1
        said = self._capsys.readouterr()
        return code, said.out, said.err
