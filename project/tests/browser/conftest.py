"""A real Chromium with a real `manage.py run`, and fakes for the Supersets behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from apps.superset.tests.superset_server import SupersetServer
from project.tests.browser.application import Application, Desk, Visitor, inhabited, running
from project.tests.browser.imagined import WAREHOUSE


@pytest.fixture(scope="module")
def supersets() -> Iterator[tuple[SupersetServer, SupersetServer]]:
    """Two fakes: one with the recorded examples, one with only a connection."""
    with SupersetServer() as dev, SupersetServer() as prod:
        prod.rows = {kind: [] for kind in prod.rows} | {"database": [WAREHOUSE]}
        yield dev, prod


@pytest.fixture(scope="module")
def lockstep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a new Lockstep whose administrator is “ada”."""
    folder = tmp_path_factory.mktemp("lockstep")
    with running(folder) as address:
        yield address


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """A Lockstep in which something has happened."""
    with inhabited(tmp_path_factory.mktemp("application")) as there:
        yield there


@pytest.fixture
def visit(chromium: Browser, application: Application) -> Iterator[Callable[..., Visitor]]:
    """Opens a browser for somebody: `visit("grace")`; fails the test on any error of it."""
    visitors: list[Visitor] = []

    def visit(name: str = "ada", language: str = "", **options: Any) -> Visitor:
        visitors.append(Visitor(chromium, application.address, application.state(name, language=language), **options))
        return visitors[-1]

    yield visit
    for each in visitors:
        each.close()
    assert [fault for each in visitors for fault in each.faults] == []


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, lockstep: str) -> Any:
    person = Desk(chromium, lockstep)
    state = person.sign_in()
    person.close()
    assert person.faults == []
    return state


@pytest.fixture
def desk(chromium: Browser, lockstep: str, signed_in: Any) -> Iterator[Desk]:
    """A signed-in person; fails the test on any error of the browser."""
    person = Desk(chromium, lockstep, signed_in)
    yield person
    person.close()
    assert person.faults == []


@pytest.fixture
def page(desk: Desk) -> Page:
    return desk.page
