"""From an empty installation to a readable plan in the admin, by mouse and keyboard.

Each test continues where the previous one ended.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from apps.superset.tests.superset_server import SupersetServer

pytestmark = pytest.mark.browser
ENVIRONMENTS = "/admin/environments/environment/"
MAPPINGS = "/admin/catalogue/databasemapping/"
PEOPLE = [f"/admin/users/{page}/" for page in ("user/1/change", "role/1/change", "grant/add", "groupmapping/add")]


def add_environment(page: Page, name: str, server: SupersetServer) -> None:
    page.goto(f"{ENVIRONMENTS}add/")
    page.get_by_label("Name", exact=False).first.fill(name)
    page.fill("[name=url]", server.url)
    page.fill("[name=username]", server.username)
    page.fill("[name=password]", server.password)
    page.get_by_role("button", name="Save").click()
    wait_for_the_task(page)


def wait_for_the_task(page: Page) -> None:
    """Wait until the page of the followed task shows its outcome."""
    expect(page.get_by_text("succeeded", exact=True)).to_be_visible()


def sync(page: Page, name: str) -> None:
    page.goto(ENVIRONMENTS)
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Sync catalogue").click()
    wait_for_the_task(page)


def test_from_the_front_page_of_a_new_installation_to_a_synced_catalogue(page, desk, supersets):
    page.goto("/admin/")
    expect(page.get_by_role("link", name="Connect two environments")).to_be_visible()
    desk.look()
    for name, server in zip(("dev", "prod"), supersets, strict=True):
        add_environment(page, name, server)
        desk.look()
        sync(page, name)
    page.get_by_role("link", name="The catalogue of prod").click()
    expect(page.get_by_role("link", name="warehouse")).to_be_visible()


def test_from_the_front_page_to_a_plan(page, desk):
    page.goto("/admin/")
    page.get_by_role("link", name="Migrations", exact=True).click()
    page.get_by_role("link", name="Plan a migration").first.click()
    page.select_option("[name=source]", "dev")
    page.select_option("[name=target]", "prod")
    page.get_by_role("button", name="Next").click()

    # the selection survives another search
    search = page.get_by_label("Search dashboards")
    search.fill("births")
    page.get_by_role("checkbox", name="USA Births Names").check()
    search.fill("sales dash")
    expect(page.get_by_text("1 of 9 shown, 1 selected")).to_be_visible()
    page.get_by_role("button", name="Select all shown").click()
    search.fill("")
    expect(page.get_by_text("2 selected", exact=True)).to_be_visible()
    page.get_by_label("Database of prod for examples").select_option(label="warehouse")
    desk.look()
    page.get_by_role("button", name="Plan", exact=True).click()

    wait_for_the_task(page)
    desk.look()
    page.get_by_role("link", name=re.compile(r"^Migration \d+$")).click()
    expect(page.get_by_text(re.compile(r"^\d+ to create, 0 unchanged\.$"))).to_be_visible()
    expect(page.get_by_role("img", name="create").first).to_be_visible()
    desk.look()

    page.get_by_role("link", name="Apply …").click()
    expect(page.get_by_text("Verify: read")).to_be_visible()
    desk.look()
    page.get_by_role("link", name="Back").click()
    page.goto("/admin/")
    expect(page.get_by_text("is planned and can be applied").first).to_be_visible()
    desk.look()


def test_a_plan_that_asks_and_is_cancelled_leads_back_to_the_same_choice(page, desk):
    page.goto("/admin/migrations/migration/plan/?source=dev&target=prod&dashboard=births")
    page.get_by_label("Database of prod for examples").select_option(label="not mapped")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.get_by_role("button", name="Answer")).to_be_visible()
    desk.look()
    page.get_by_role("link", name="Cancel …").click()
    desk.look()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("cancelled", exact=True)).to_be_visible()
    page.get_by_role("link", name="Plan again").click()
    expect(page.get_by_role("checkbox", name="USA Births Names")).to_be_checked()


def test_every_page_can_be_read_at_every_width(page, desk):
    page.goto("/admin/")
    found = page.eval_on_selector_all("#nav-sidebar-apps a", "links => links.map(link => link.getAttribute('href'))")
    assert len(found) > 8
    for path in [*found, f"{ENVIRONMENTS}1/change/", *PEOPLE, f"{MAPPINGS}suggest/"]:
        page.goto(path)
        for width in (1280, 800):
            page.set_viewport_size({"width": width, "height": 900})
            desk.look()


def test_the_first_stop_of_the_tab_key_skips_the_sidebar(page, desk):
    page.goto("/admin/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("Boolean(document.activeElement.closest('#content'))")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_menu_of_the_account_is_reached_by_keyboard(page, desk):
    page.goto("/admin/")
    page.get_by_role("button", name="ada").press("Enter")
    page.get_by_role("button", name="Log out").press("Enter")
    expect(page.get_by_text("You are signed out of")).to_be_visible()
    desk.look()
