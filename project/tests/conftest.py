from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from project.tests.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright


@pytest.fixture
def world(author, monkeypatch):
    return World(author, monkeypatch)


@pytest.fixture
def alone(transactional_db):
    """Of the database nobody else makes use: connections that tests before left open are ended."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )


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
