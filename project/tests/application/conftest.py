"""The application in Chromium, over two real Supersets and a real `manage.py run`, which are started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from project.tests.application.office import APPROVER, AUTHOR, Office
from project.tests.browser.application import Desk
from project.tests.real.workers import Gate
from rig.ports import free_ports
from rig.progress import Progress
from rig.servers.pair import Pair
from rig.servers.tamper import tampering

HERE = Path(__file__).parent
SCREEN, PHONE = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def running_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    dev_port, prod_port = free_ports(2)
    pair = Pair(tmp_path_factory.mktemp("servers"), dev_port=dev_port, prod_port=prod_port)
    gate = Gate()
    try:
        pair.up(Progress())
        with tampering(pair.prod.url, upload=gate.upload, download=gate.export) as proxy:
            office = Office(tmp_path_factory.mktemp("lockstep"), pair, proxy, gate)
            yield office
            office.running.kill()
    finally:
        pair.wipe(Progress())


@pytest.fixture
def office(running_office: Office) -> Iterator[Office]:
    running_office.reset()
    yield running_office
    running_office.gate.open()


Seats = Callable[..., Desk]


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """A module that is about another browser says so by a fixture of its own."""
    return chromium


@pytest.fixture
def seat(office: Office, browser: Browser) -> Iterator[Seats]:
    """Gives a person a browser of their own; at the end none of them may have told of an error."""
    desks: list[Desk] = []

    def take(name: str = "", *, phone: bool = False) -> Desk:
        state = office.client(name).state() if name else None
        look = {"viewport": PHONE, "has_touch": True, "is_mobile": True} if phone else {"viewport": SCREEN}
        desk = Desk(browser, office.address, state, **look, locale="en-GB", reduced_motion="reduce")
        desks.append(desk)
        return desk

    yield take
    for desk in desks:
        desk.close()
    assert [fault for desk in desks for fault in desk.faults] == []


@pytest.fixture
def author(seat: Seats) -> Desk:
    return seat(AUTHOR)


@pytest.fixture
def approver(seat: Seats) -> Desk:
    return seat(APPROVER)
