"""Steps that several stories have in common, by what a person sees."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from project.tests.application.office import PASSWORD
from project.tests.browser.application import PATIENCE

NOT_SIGNED_IN = r"status of 401|/api/v1/session was answered with 401"
"""What the browser may say to somebody who is not signed in."""

WHOLE_TASK = 4 * PATIENCE
"""Milliseconds: eight dashboards are 120 assets to write and to read back."""


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("Username").fill(name)
    give_password(page)


def give_password(page: Page) -> None:
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def drawer(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Open tasks")


def stage(page: Page, name: str) -> Locator:
    """A stage of the task in the drawer; its text ends with its state."""
    return drawer(page).get_by_role("list", name="Stages").get_by_role("listitem").filter(has_text=name)


def expect_task(place: Locator, state: str) -> None:
    expect(place.get_by_role("status").filter(has_text=state)).to_be_visible(timeout=WHOLE_TASK)


def choose(field: Locator, name: str) -> None:
    """The option that begins with this name."""
    option = field.locator("option").filter(has_text=re.compile(rf"^\s*{re.escape(name)}"))
    field.select_option(label=(option.text_content() or "").strip())


def opened_migration(page: Page) -> int:
    """The number of the migration that the page has gone to."""
    page.wait_for_url(re.compile(r"/migrations/\d+"))
    found = re.search(r"/migrations/(\d+)", page.url)
    assert found
    return int(found[1])


def opened_task(page: Page) -> int:
    """The number of the task in the drawer."""
    address = drawer(page).get_by_role("heading", level=2).get_by_role("link").get_attribute("href") or ""
    return int(address.rpartition("/")[2])


def change(page: Page, name: str) -> Locator:
    """What a plan changes in this asset."""
    return page.get_by_role("article", name=name, exact=True)


def shown_lines(place: Locator) -> list[tuple[int, str]]:
    """Number and text of each line of the log, as far as it is drawn."""
    found: list[Any] = place.get_by_role("log").evaluate(READ_LINES)
    return [(int(number), text) for number, text in found]


READ_LINES = """log => [...log.querySelectorAll('[data-line]')].map(line => {
    const text = [...line.childNodes].filter(each => each.nodeType === Node.TEXT_NODE);
    return [line.dataset.line, text.map(each => each.data).join('')];
})"""
