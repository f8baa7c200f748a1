"""What does not go straight: a rejection, a question, a cancelled run, a dead server, an ended session."""

from __future__ import annotations

import os
import re
import signal

from playwright.sync_api import ViewportSize, expect

from project.tests.application.conftest import Seats
from project.tests.application.office import APPROVER, AUTHOR, Office, rename
from project.tests.application.pages import (
    change,
    choose,
    drawer,
    expect_task,
    give_password,
    opened_migration,
    opened_task,
    shown_lines,
)
from project.tests.browser.conftest import Desk
from project.tests.real.world import BIRTHS, SALES
from project.tests.running import wait_until

NO_SERVER = r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|WebSocket connection to"
NOT_SIGNED_IN = r"status of 401|was answered with 401|WebSocket connection to"
TALL: ViewportSize = {"width": 1440, "height": 4000}


def test_after_a_rejection_an_approver_is_offered_only_what_is_new(office: Office, author: Desk, approver: Desk):
    client = office.client(AUTHOR)
    migration = client.plan(SALES, BIRTHS)
    client.submit(migration)

    # rejected, with a reason
    page = approver.page
    page.goto(f"/migrations/{migration}")
    expect(page.get_by_text("0 of 3 seen").first).to_be_visible()
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("Say why.")).to_be_visible()
    page.get_by_label("Note", exact=True).fill("Call the chart Boys")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("Rejected").first).to_be_visible()

    # the author reads it, changes dev, and plans again
    page = author.page
    page.goto("/migrations")
    page.get_by_role("row", name=re.compile(rf"^#{migration}\b")).get_by_role("link").click()
    page.get_by_text("2 decisions and comments").click()
    expect(page.get_by_text("Call the chart Boys")).to_be_visible()
    rename(office.dev, "Boys", "All boys")
    page.get_by_role("button", name="Plan again", exact=True).click()
    expect_task(drawer(page), "Succeeded")
    drawer(page).get_by_role("button", name="Close, Esc").click()
    page.get_by_role("button", name="Submit for approval", exact=True).click()
    expect(page.get_by_text("In approval").first).to_be_visible()

    page = approver.page
    page.goto("/approvals")
    page.get_by_role("list", name="Approvals").get_by_role("button", name=re.compile(rf"^#{migration}\b")).click()
    page.get_by_role("link", name="Open the plan").click()
    expect(page.get_by_text(f"New since the decision of {APPROVER}:")).to_be_visible()
    expect(page.get_by_text("1 change of 4")).to_be_visible()
    page.get_by_role("button", name="Show only these").click()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(change(page, "All boys")).to_be_visible()


def test_a_running_apply_is_cancelled_from_the_drawer_before_it_writes(office: Office, author: Desk):
    before = office.differences(BIRTHS)
    client = office.client(AUTHOR)
    migration = client.plan(BIRTHS)
    client.submit(migration)
    office.client(APPROVER).approve(migration)
    page = author.page
    page.goto(f"/migrations/{migration}")
    office.gate.close_at("preflight")
    page.get_by_role("button", name="Apply", exact=True).click()
    office.gate.wait_for_request()
    drawer(page).get_by_role("button", name="Cancel", exact=True).click()
    expect(drawer(page).get_by_role("button", name="Stopping")).to_be_visible()
    office.gate.open()
    expect_task(drawer(page), "Cancelled")
    assert office.differences(BIRTHS) == before


def test_a_plan_asks_for_a_missing_mapping_and_goes_on_with_the_answer(office: Office, author: Desk):
    page = author.page
    page.goto(f"/migrations/new?source=dev&target=prod&dashboards={BIRTHS}")
    choose(page.get_by_label("Target of examples"), "Choose…")
    expect(page.get_by_text("examples has no target yet. Choose one, or the plan asks for it.")).to_be_visible()
    page.get_by_role("button", name="Plan", exact=True).click()
    expect_task(drawer(page), "Awaiting input")
    question = drawer(page).get_by_role("form")
    choose(question.get_by_role("combobox"), "warehouse")
    question.get_by_role("button", name="Answer and continue").click()
    opened_migration(page)
    expect(page.get_by_text("1 dashboard from dev to prod: 2 of 12 assets will be written.")).to_be_visible()
    expect(page.get_by_text("Databases examples → warehouse")).to_be_visible()


def test_a_killed_web_server_comes_back_without_a_line_lost_or_doubled(office: Office, author: Desk):
    migration = office.client(AUTHOR).plan(SALES, BIRTHS)
    author.expected.append(NO_SERVER)
    page = author.page
    page.set_viewport_size(TALL)
    page.goto(f"/migrations/{migration}")
    office.gate.close_at("preflight")
    page.get_by_role("button", name="Plan again", exact=True).click()
    office.gate.wait_for_request()
    task = opened_task(page)
    drawer(page).get_by_role("button", name="Level").click()
    page.get_by_role("dialog", name="Level").get_by_label(re.compile("debug", re.IGNORECASE)).check()
    page.keyboard.press("Escape")
    expect(drawer(page).get_by_role("log").locator("[data-line='1']")).to_be_visible()

    web = office.web_process()
    os.kill(web, signal.SIGKILL)
    lost = drawer(page).get_by_text("Connection lost, trying again")
    expect(lost).to_be_visible()
    office.gate.open()
    wait_until(lambda: office.is_back(web), "the web server is not started again")
    expect(lost).not_to_be_visible()
    expect_task(drawer(page), "Succeeded")
    stored = office.lines(task)
    expect(drawer(page).get_by_role("log").locator(f"[data-line='{len(stored)}']")).to_be_visible()
    assert shown_lines(drawer(page)) == stored


def test_a_note_survives_the_end_of_a_session_and_is_sent_after_the_sign_in(office: Office, seat: Seats):
    client = office.client(AUTHOR)
    migration = client.plan(BIRTHS)
    desk = seat(AUTHOR)
    page = desk.page
    page.goto(f"/migrations/{migration}")
    note = page.get_by_label("Note", exact=True)
    note.fill("Half of a sentence")
    desk.expected.append(NOT_SIGNED_IN)
    office.command("user", "end-sessions", AUTHOR)
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog.get_by_label("Username")).to_have_value(AUTHOR)
    give_password(page)
    expect(dialog).not_to_be_visible()
    expect(note).to_have_value("Half of a sentence")
    note.press_sequentially(", and the rest")
    page.get_by_role("button", name="Submit for approval", exact=True).click()
    expect(page.get_by_text("In approval").first).to_be_visible()
    decision = office.client(AUTHOR).get(f"migrations/{migration}")["decisions"][-1]
    assert (decision["kind"], decision["note"]) == ("submit", "Half of a sentence, and the rest")
