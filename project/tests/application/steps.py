"""The steps of the main story, by what a person sees: pick, plan, read, submit, approve, apply, undo."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from project.tests.application.office import Office
from project.tests.application.pages import WHOLE_TASK, change, choose, drawer, expect_task, opened_migration, stage


def pick_eight(page: Page) -> None:
    """Eight of nine, by a filter and by a search."""
    grid, selection = page.get_by_role("grid", name="Dashboard"), page.get_by_role("region", name="Selection")
    page.get_by_role("button", name="Drift").click()
    page.get_by_role("checkbox", name="not on prod").check()
    page.keyboard.press("Escape")
    expect(page.get_by_text("7 of 9", exact=True)).to_be_visible()
    grid.get_by_role("checkbox", name="Select all 7 that match").check()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("searchbox", name="Search by title or slug").fill("births")
    expect(page.get_by_text("1 of 9", exact=True)).to_be_visible()
    grid.get_by_role("checkbox", name="USA Births Names").check()
    expect(selection.get_by_text("8 selected")).to_be_visible()
    expect(page.get_by_role("button", name="Compare with prod")).to_be_visible()
    expect(selection.get_by_role("button", name="Compare 8")).to_be_visible()
    selection.get_by_role("button", name="Migrate 8").click()


def map_the_database(page: Page) -> None:
    """The mapping is confirmed where it is needed."""
    expect(page.get_by_role("heading", name="New migration")).to_be_visible()
    expect(page.get_by_text("8 dashboards from dev to prod")).to_be_visible()
    choose(page.get_by_label("Target of examples"), "warehouse")
    page.get_by_role("button", name="Confirm 1 mapping").click()
    expect(page.get_by_text("Confirmed by author")).to_be_visible()


def plan(page: Page, office: Office) -> int:
    """The plan is made before one's eyes; returns the number of the migration."""
    office.gate.close_at("preflight")
    page.get_by_role("button", name="Plan", exact=True).click()
    office.gate.wait_for_request()
    stages = drawer(page).get_by_role("list", name="Stages").get_by_role("listitem")
    expect(stages.filter(has_text=", running")).to_have_count(1)
    expect(drawer(page).get_by_role("log")).to_contain_text("exporting 8 dashboards from dev")
    office.gate.open()
    return opened_migration(page)


def read_the_plan(page: Page) -> None:
    """It says what it does, then what exactly."""
    sentence = re.compile(r"^8 dashboards from dev to prod: \d+ of \d+ assets will be written\.$")
    expect(page.get_by_text(sentence)).to_be_visible()
    counts = page.get_by_role("group", name="Filter the changes").first
    counts.get_by_role("button", name="to create").click()
    tree = page.get_by_role("tree", name="Changes")
    expect(tree.get_by_role("treeitem", name="Misc Charts")).to_have_count(0)
    tree.get_by_role("treeitem", name="Girls").click()
    girls = change(page, "Girls")
    expect(girls.get_by_role("cell", name="SUM(num) * 2")).to_be_visible()
    births = change(page, "USA Births Names")
    expect(births.get_by_role("heading", name="Layout")).to_be_visible()
    expect(births.get_by_role("listitem").filter(has_text=": resized, row")).to_have_count(2)
    girls.get_by_role("checkbox", name="Seen").check()
    expect(page.get_by_text(re.compile(r"^1 of \d+ seen$")).first).to_be_visible()


def submit(page: Page, note: str) -> None:
    page.get_by_label("Note", exact=True).fill(note)
    page.get_by_role("button", name="Submit for approval", exact=True).click()
    expect(page.get_by_text("In approval").first).to_be_visible()


def open_approval(page: Page, migration: int) -> None:
    number = re.compile(rf"^#{migration}\b")
    page.goto("/approvals")
    page.get_by_role("list", name="Approvals").get_by_role("button", name=number).click()
    expect(page.get_by_role("heading", name=number)).to_be_visible()


def approve(page: Page, migration: int, note: str) -> None:
    page.get_by_label("Note to the author").fill(note)
    page.get_by_role("button", name="Approve this plan", exact=True).click()
    expect(page.get_by_text(f"Migration {migration} is approved.")).to_be_visible()


def apply(page: Page, migration: int, *results: str) -> None:
    """Watched to its end beside the page of the migration."""
    page.get_by_role("button", name="Apply", exact=True).click()
    expect_task(drawer(page), "Succeeded")
    for name in ("Check the target", "Save a snapshot", "Verify"):
        expect(stage(page, name)).to_contain_text(", done")
    expect(page).to_have_url(re.compile(rf"/migrations/{migration}\b"))
    result = page.get_by_role("region", name="Applied to prod and verified")
    for each in results:
        expect(result).to_contain_text(each)


def roll_back(page: Page, preview: str, asset: str) -> None:
    """After a look at what that does."""
    page.get_by_role("region", name="Applied to prod and verified").get_by_role("button", name="Roll back…").click()
    dialog = page.get_by_role("dialog", name="Roll back on prod")
    expect(dialog.get_by_text(preview)).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text=asset)).to_be_visible()
    dialog.get_by_label("Type prod to go on").fill("prod")
    dialog.get_by_role("button", name="Roll back", exact=True).click()
    expect(page.get_by_role("heading", name="Rolled back on prod")).to_be_visible(timeout=WHOLE_TASK)
