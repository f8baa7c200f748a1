"""People at browsers, and the Lockstep that they open."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Response, expect

from apps.superset.tests.superset_server import SupersetServer
from project.tests.browser import imagined
from project.tests.browser.story import Person, Told, tell
from project.tests.running import CHECKOUT, Running, environment, free_port

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PASSWORD = "only-for-a-test"
PATIENCE = 30_000
"""Milliseconds; only a failing test waits that long."""

expect.set_options(timeout=PATIENCE)

CHECKS = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8")
AXE = CHECKOUT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.flatMap((each) =>
  each.nodes.map((node) => `${each.id}: ${node.target} ${node.html.slice(0, 160)} ${node.failureSummary || ""}`))"""
TOO_WIDE = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""
DESKTOP, TABLET, PHONE = WIDTHS = (1440, 768, 390)
THEMES = ("light", "dark")


class Desk:
    """A person at a browser: `page`, and the errors of the browser in `faults` unless they match one of `expected`."""

    def __init__(self, browser: Browser, address: str, state: Any = None, **options: Any) -> None:
        self.faults: list[str] = []
        self.expected: list[str] = []
        self._context = browser.new_context(base_url=address, storage_state=state, **options)
        self.page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("response", self._answered)

    def look(self) -> None:
        """Check that the open page is readable in light and dark mode, and accessible."""
        self.page.locator("body").wait_for(state="attached")  # a click returns when the page behind it has begun
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

    def _note(self, fault: str) -> None:
        if not any(re.search(each, fault) for each in self.expected):
            self.faults.append(fault)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"{self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.url} was answered with {response.status}")


class Visitor(Desk):
    """Somebody who uses the application, in English, with the theme of the system."""

    def __init__(self, browser: Browser, address: str, state: Any = None, **options: Any) -> None:
        wanted = {"locale": "en-GB", "reduced_motion": "reduce", "viewport": {"width": DESKTOP, "height": 1000}}
        super().__init__(browser, address, state, **wanted | options)

    def _said(self, message: ConsoleMessage) -> None:
        # Said of a page that is left while its socket is being opened; nothing is lost by it
        if "closed before the connection is established" not in message.text:
            super()._said(message)

    def open(self, path: str, *, settled: bool = True) -> Page:
        self.page.goto(path)
        if settled:
            self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page shows what it was asked for."""
        expect(self.page.get_by_role("heading", level=1).first).to_be_visible()
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)

    def rest(self) -> None:
        """Wait until also what is loaded for the part in sight is there."""
        self.page.wait_for_load_state("networkidle")

    def enter(self, name: str, password: str = PASSWORD) -> None:
        """Sign in at the form that is open."""
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def state(self) -> Any:
        return self._context.storage_state()

    def inspect(self, what: str, themes: Iterable[str] = THEMES, widths: Iterable[int] = WIDTHS) -> list[str]:
        """What axe finds on the page as it is now, and where it is wider than the screen."""
        found: dict[str, str] = {}
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 1000})
            for theme in themes if width == DESKTOP else [*themes][:1]:
                self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                for fault in self.axe():
                    found.setdefault(fault, f"{what}, {theme}, {width} px: {fault}")
            wide = self.page.evaluate(TOO_WIDE)
            if wide > 0:
                found[f"wide {width}"] = f"{what}, {width} px: {wide} px too wide"
        self.page.set_viewport_size({"width": DESKTOP, "height": 1000})
        return list(found.values())

    def axe(self) -> list[str]:
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))  # the policy of the page is not about what we evaluate
        found: list[str] = self.page.evaluate(RUN_AXE)
        return found

    def picture(self, path: Path, theme: str, width: int) -> Path:
        """Of the page as it is now."""
        self.page.set_viewport_size({"width": width, "height": 1000 if width == DESKTOP else 900})
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        self.rest()
        self.page.screenshot(path=str(path), animations="disabled")
        return path

    def forgive(self, *words: str) -> None:
        """Faults that a test has brought about are none."""
        self.faults = [fault for fault in self.faults if not any(word in fault for word in words)]


@dataclass
class Application:
    address: str
    told: Told
    dev: SupersetServer
    prod: SupersetServer
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, name: str = "ada") -> Person:
        if name not in self.people:
            self.people[name] = Person(self.address, name, PASSWORD)
        return self.people[name]

    def state(self, name: str, **chosen: Any) -> Any:
        """Of a browser in which this person has just signed in, with nothing else chosen."""
        who = self.person(name)
        choice = {"language": "", "theme": "system", "environment": None, **chosen}
        who.ask("PATCH", "session/preferences", **choice)
        return {"cookies": who.cookies(), "origins": []}


@contextmanager
def chromium_of(playwright: Playwright) -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "There is no Chromium on this machine: install one (Debian, Ubuntu: apt install chromium)."
    browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
    yield browser
    browser.close()


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a new Lockstep whose administrator is “ada”."""
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


@contextmanager
def inhabited(folder: Path) -> Iterator[Application]:
    """A Lockstep in which something has happened."""
    with running(folder) as address, imagined.dev() as dev, imagined.prod() as prod:
        told = tell(Person(address, "ada", PASSWORD), dev, prod, address, PASSWORD)
        yield Application(address, told, dev, prod)


def problem(status: int, **facts: Any) -> dict[str, Any]:
    """What `page.route` answers in place of the server."""
    document = {"type": "about:blank", "title": "The server failed", "status": status, "code": "internal"}
    document |= {"detail": "Try again, or tell whoever runs Lockstep.", "fields": {}, "extra": {}} | facts
    return {"status": status, "content_type": "application/problem+json", "body": json.dumps(document)}
