from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from project.tests.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright


@pytest.fixture
def world(author, monkeypatch):
    return World(author, monkeypatch)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for all tests in a browser: a second cannot be started beside the first."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    from project.tests.browser.application import chromium_of

    with chromium_of(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def firefox(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    from project.tests.browser.firefox import firefox_of, is_installed

    if not is_installed() and os.environ.get("CI") != "true":
        pytest.skip("There is no Firefox on this machine: install it (Debian: apt install firefox-esr).")
    with firefox_of(playwright, tmp_path_factory.mktemp("firefox")) as browser:
        yield browser
