"""The application without a mouse, and the looks that follow the system."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from project.tests.browser.application import PASSWORD, Visitor

pytestmark = pytest.mark.browser
GROUND = "getComputedStyle(document.querySelector('header')).backgroundColor"
FOCUSED = """() => { const style = getComputedStyle(document.activeElement);
  return document.activeElement !== document.body && (style.outlineStyle !== 'none' || style.boxShadow !== 'none'); }"""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def open_palette(page: Page) -> None:
    press(page, "Control+k")
    expect(page.get_by_role("combobox", name="Search and commands")).to_be_focused()


def choose(page: Page, name: re.Pattern[str]) -> None:
    """Take an option of the palette, once it is there, by the arrow key."""
    option = page.get_by_role("option", name=name).first
    expect(option).to_be_visible()
    expect(page.get_by_role("option", name="New migration")).to_have_count(0)
    for _ in range(20):
        if option.get_attribute("aria-selected") == "true":
            break
        press(page, "ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    press(page, "Enter")


def test_signing_in_needs_no_mouse(chromium, application):
    person = Visitor(chromium, application.address)
    page = person.open("/tasks")
    page.keyboard.type("ada")
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1, name="Tasks")).to_be_visible()
    person.close()


def test_every_stop_of_the_tab_key_can_be_seen(visit):
    page = visit().open("/migrations")
    press(page, "Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    for _ in range(20):
        assert page.evaluate(FOCUSED), page.evaluate("document.activeElement.outerHTML")
        press(page, "Tab")


def test_the_palette_leads_to_a_page_and_to_an_asset(visit):
    page = visit().open("/dashboards?env=dev")
    open_palette(page)
    page.keyboard.type("environ")
    choose(page, re.compile("^Environments"))
    expect(page.get_by_role("heading", level=1, name="Environments")).to_be_visible()
    open_palette(page)
    page.keyboard.type("sales dash")
    choose(page, re.compile("^Sales Dashboard"))
    expect(page.get_by_role("heading", level=1, name="Sales Dashboard")).to_be_visible()


def test_what_is_closed_gives_the_focus_back(visit):
    page = visit().open("/migrations")
    link = page.get_by_role("link", name="Environments")
    for key, role, name in (("Control+k", "dialog", "Search and commands"), ("?", "dialog", "Keys")):
        link.focus()
        press(page, key)
        expect(page.get_by_role(role, name=name)).to_be_visible()
        press(page, "Escape")
        expect(page.get_by_role(role, name=name)).to_be_hidden()
        expect(link).to_be_focused()


def test_the_grid_is_walked_selected_and_opened(visit):
    page = visit().open("/dashboards?env=dev")
    rows = page.get_by_role("row")
    press(page, "j", "j", "k", "x")
    expect(page.get_by_role("row", selected=True)).to_have_count(1)
    expect(page.get_by_role("region", name="Selection")).to_be_visible()
    expect(page.get_by_role("row", selected=True)).to_be_focused()
    press(page, "Escape")
    expect(page.get_by_role("row", selected=True)).to_have_count(0)
    name = rows.nth(2).get_by_role("link").first.inner_text()
    press(page, "j", "Enter")
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def test_a_plan_is_read_by_keys(visit, application):
    page = visit("grace").open(f"/migrations/{application.told.submitted}")
    expect(page.get_by_text("1 of 10", exact=True)).to_be_visible()
    press(page, "j")
    expect(page.get_by_text("2 of 10", exact=True)).to_be_visible()
    press(page, "v")
    expect(page.get_by_text("1 of 10 seen").first).to_be_visible()
    press(page, "v")
    expect(page.get_by_text("0 of 10 seen").first).to_be_visible()
    press(page, "k")
    expect(page.get_by_text("1 of 10", exact=True)).to_be_visible()
    press(page, "r")
    expect(page).to_have_url(re.compile("view=yaml"))


def test_the_drawer_is_opened_followed_and_closed_by_keys(visit, application):
    page = visit().open(f"/tasks/{application.told.asking}")
    follow = page.get_by_role("checkbox", name="Follow")
    expect(follow).to_be_checked()
    press(page, "f")
    expect(follow).not_to_be_checked()
    page.get_by_role("link", name="Migrations").press("Enter")
    expect(page.get_by_role("heading", level=1, name="Migrations")).to_be_visible()
    page.get_by_role("link", name="Environments").focus()
    press(page, "t")
    drawer = page.get_by_role("complementary", name="Tasks")
    expect(drawer).to_be_visible()
    press(page, "Escape")
    expect(drawer).to_be_hidden()
    expect(page.get_by_role("link", name="Environments")).to_be_focused()


def ground(page: Page) -> str:
    return str(page.evaluate(GROUND))


def test_the_theme_follows_the_system_until_one_is_chosen(visit, application):
    person = visit(color_scheme="light")
    page = person.open("/tasks")
    light = ground(page)
    page.emulate_media(color_scheme="dark")
    dark = ground(page)
    assert light != dark
    for name, wanted in (("Light", light), ("Dark", dark)):
        page.get_by_role("button", name="Theme").click()
        page.get_by_role("menuitem", name=name).or_(page.get_by_role("menuitemradio", name=name)).click()
        page.wait_for_function(f"wanted => {GROUND} === wanted", arg=wanted)
    page.emulate_media(color_scheme="light")
    assert ground(page) == dark, "the choice goes before the system"
    page.reload()
    person.settle()
    assert ground(page) == dark, "the choice is kept"
    assert application.person().ask("GET", "session")["user"]["preferences"]["theme"] == "dark"
