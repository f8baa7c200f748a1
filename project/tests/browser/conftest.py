"""A real Chromium with a real `manage.py run`, and fakes for the Supersets behind it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright

from apps.superset.tests.superset_server import SupersetServer
from project.tests.running import CHECKOUT, Running, environment, free_port

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WAREHOUSE = {"id": 1, "uuid": "11111111-1111-1111-1111-111111111111", "database_name": "warehouse", "backend": "sqlite"}
PASSWORD = "only-for-a-test"
PATIENCE = 30_000
"""Milliseconds; only a failing test waits that long."""

CHECKS = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8")


class Desk:
    """A person at a browser: `page`, and the errors of the browser in `faults`."""

    def __init__(self, browser: Browser, address: str, state: Any = None) -> None:
        self.faults: list[str] = []
        self._context = browser.new_context(base_url=address, storage_state=state)
        self.page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", self._answered)

    def look(self) -> None:
        """Check that the open page is readable in light and dark mode, and accessible."""
        self.faults += [f"{self.page.url}: {fault}" for fault in self.page.evaluate(CHECKS)]

    def sign_in(self) -> Any:
        """Sign in by keyboard; returns the state for another signed-in browser."""
        self.page.goto("/admin/login/")
        self.look()
        self.page.fill("[name=username]", "ada")
        self.page.press("[name=username]", "Tab")
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/admin/")
        return self._context.storage_state()

    def close(self) -> None:
        self._context.close()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.url} was answered with {response.status}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "There is no Chromium on this machine: install one (Debian, Ubuntu: apt install chromium)."
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def supersets() -> Iterator[tuple[SupersetServer, SupersetServer]]:
    """Two fakes: one with the recorded examples, one with only a connection."""
    with SupersetServer() as dev, SupersetServer() as prod:
        prod.rows = {kind: [] for kind in prod.rows} | {"database": [WAREHOUSE]}
        yield dev, prod


@pytest.fixture(scope="module")
def lockstep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a new Lockstep whose administrator is “ada”."""
    folder = tmp_path_factory.mktemp("lockstep")
    run = Running(folder / "data", free_port())
    try:
        run.ready()
        password = folder / "password"
        password.write_text(PASSWORD)
        command = [sys.executable, "manage.py", "create_admin", "ada", "--password-file", str(password)]
        subprocess.run(command, env=environment(folder / "data"), cwd=CHECKOUT, check=True, capture_output=True)
        yield f"http://127.0.0.1:{run.port}"
    finally:
        run.kill()


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, lockstep: str) -> Any:
    person = Desk(chromium, lockstep)
    state = person.sign_in()
    person.close()
    assert person.faults == []
    return state


@pytest.fixture
def desk(chromium: Browser, lockstep: str, signed_in: Any) -> Iterator[Desk]:
    """A signed-in person; fails the test on any error of the browser."""
    person = Desk(chromium, lockstep, signed_in)
    yield person
    person.close()
    assert person.faults == []


@pytest.fixture
def page(desk: Desk) -> Page:
    return desk.page
