"""What Lockstep is for: dashboards go from dev to a protected prod, seen and approved by two people, and back."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from project.tests.application import steps
from project.tests.application.conftest import Seats
from project.tests.application.office import APPROVER, AUTHOR, Office
from project.tests.application.pages import NOT_SIGNED_IN, change, sign_in
from project.tests.browser.conftest import Desk
from project.tests.real.world import BIRTHS, SALES


def test_an_author_picks_eight_dashboards_reads_their_plan_and_submits_it(office: Office, seat: Seats):
    desk = seat()
    desk.expected.append(NOT_SIGNED_IN)
    page = desk.page
    page.goto("/")
    sign_in(page, AUTHOR)
    steps.pick_eight(page)
    steps.map_the_database(page)
    migration = steps.plan(page, office)
    steps.read_the_plan(page)
    steps.submit(page, "The first eight dashboards")
    assert office.client(APPROVER).get(f"migrations/{migration}")["status"] == "submitted"


def test_the_changed_sql_of_a_dataset_is_shown_line_by_line(office: Office, author: Desk):
    migration = office.client(AUTHOR).plan(SALES)
    author.page.goto(f"/migrations/{migration}")
    dataset = change(author.page, "cleaned_sales_data")
    expect(dataset).to_contain_text(re.compile(r"Goes:\s*WHERE year > 2000.*Comes:\s*WHERE year > 2003", re.DOTALL))
    expect(dataset.get_by_role("deletion")).to_have_text(["2000"])
    expect(dataset.get_by_role("insertion")).to_have_text(["2003"])


def test_an_approver_decides_on_a_phone_in_well_under_a_minute(office: Office, seat: Seats):
    author = office.client(AUTHOR)
    migration = author.plan(BIRTHS)
    author.submit(migration)
    desk = seat(APPROVER, phone=True)
    page = desk.page
    began = time.monotonic()
    steps.open_approval(page, migration)
    expect(page.get_by_text("1 dashboard from dev to prod: 2 of 12 assets will be written.")).to_be_visible()
    desk.look()
    steps.approve(page, migration, "Read on the train")
    assert time.monotonic() - began < 30
    decision = author.get(f"migrations/{migration}")["decisions"][-1]
    assert (decision["kind"], decision["actor"], decision["note"]) == ("approve", APPROVER, "Read on the train")


def test_an_author_applies_and_watches_it_to_the_end_beside_the_page(office: Office, author: Desk):
    client = office.client(AUTHOR)
    migration = client.plan(BIRTHS)
    client.submit(migration)
    office.client(APPROVER).approve(migration)
    assert office.differences(BIRTHS) != []

    author.page.goto(f"/migrations/{migration}")
    steps.apply(author.page, migration, "2 assets written", "12 verified")
    assert office.differences(BIRTHS) == []


def test_what_was_applied_is_taken_back_after_a_look_at_what_that_does(office: Office, author: Desk):
    before = office.differences(BIRTHS)
    client = office.client(AUTHOR)
    migration = client.plan(BIRTHS)
    client.submit(migration)
    office.client(APPROVER).approve(migration)
    client.apply(migration)

    author.page.goto(f"/migrations/{migration}")
    steps.roll_back(author.page, "2 assets get their earlier state", "Girls")
    assert office.differences(BIRTHS) == before
