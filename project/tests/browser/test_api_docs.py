"""The page to read the API works under our content security policy, in light and dark, and can send requests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("LOCKSTEP_TEST_PICTURES")
"""A folder for pictures of the page, for whoever wants to look at it."""


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_operations_with_their_examples(scheme, desk):
    page = desk.page
    page.emulate_media(color_scheme=scheme)
    page.goto("/api/v1/docs")
    operation = page.locator("#operations-Migrations-plan_migration")
    expect(operation).to_be_visible()
    picture(page, f"docs-{scheme}")
    operation.get_by_role("button").first.click()
    expect(operation.get_by_text("Starts a task that compares source and target.", exact=False).first).to_be_visible()
    operation.scroll_into_view_if_needed()
    picture(page, f"docs-{scheme}-open")
    assert page.evaluate("document.documentElement.classList.contains('dark-mode')") == (scheme == "dark")
    desk.look()
    desk.faults = [each for each in desk.faults if "two are called" not in each]  # a fault of Swagger UI


def test_a_request_from_the_page_has_the_csrf_token_of_the_session(page):
    page.goto("/api/v1/docs")
    operation = page.locator("#operations-Roles-add_role")
    operation.get_by_role("button").first.click()
    operation.get_by_role("button", name="Try it out").click()
    with page.expect_response("**/api/v1/roles") as sent:
        operation.get_by_role("button", name="Execute").click()
    assert sent.value.status == 201
