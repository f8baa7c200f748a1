"""The main story from its beginning to its end, in the Firefox that Debian ships."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from project.tests.application import steps
from project.tests.application.conftest import Seats
from project.tests.application.office import APPROVER, AUTHOR, Office
from project.tests.application.pages import NOT_SIGNED_IN, sign_in
from project.tests.real.world import BIRTHS


@pytest.fixture
def browser(firefox: Browser) -> Browser:
    return firefox


def test_eight_dashboards_are_planned_read_approved_applied_and_taken_back(office: Office, seat: Seats):
    before = office.differences(BIRTHS)
    author, approver = seat(), seat()
    for desk, name in ((author, AUTHOR), (approver, APPROVER)):
        desk.expected.append(NOT_SIGNED_IN)
        desk.page.goto("/")
        sign_in(desk.page, name)

    steps.pick_eight(author.page)
    steps.map_the_database(author.page)
    migration = steps.plan(author.page, office)
    steps.read_the_plan(author.page)
    steps.submit(author.page, "The first eight dashboards")

    steps.open_approval(approver.page, migration)
    steps.approve(approver.page, migration, "Read in Firefox")

    author.page.reload()
    steps.apply(author.page, migration)
    assert office.differences(BIRTHS) == []

    steps.roll_back(author.page, "get their earlier state", "Girls")
    assert office.differences(BIRTHS) == before
