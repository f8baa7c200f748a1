"""`python -m project.tests.browser.screenshots [FOLDER]`: a picture of each page, for whoever wants to look at them."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from project.tests.browser.application import (
    DESKTOP,
    PHONE,
    TABLET,
    THEMES,
    Application,
    Visitor,
    chromium_of,
    inhabited,
)
from project.tests.browser.tour import Stop, tour
from project.tests.running import CHECKOUT

FOLDER = CHECKOUT / "build" / "screenshots"
MAIN = {
    *("dashboards", "asset", "plan", "approvals", "migrations", "migration-new", "task-failed", "task-question"),
    *("environments", "environment"),
}
"""Also in Russian, and narrower."""


def looks(stop: Stop) -> Iterator[tuple[str, str, int]]:
    """Language, theme, width."""
    yield from (("en", theme, DESKTOP) for theme in THEMES)
    if stop.name in MAIN:
        yield "ru", "light", DESKTOP
        yield from (("en", theme, width) for theme, width in zip(THEMES, (TABLET, PHONE), strict=True))
        yield "ru", "light", PHONE


def take(browser: Browser, application: Application, folder: Path) -> Iterator[Path]:
    for language in ("en", "ru"):
        for who in ("ada", "grace"):
            state = application.state(who, language=language)
            visitor = Visitor(browser, application.address, state)
            for stop in (each for each in tour(application.told) if each.who == who):
                wanted = [each for each in looks(stop) if each[0] == language]
                if wanted:
                    visitor.open(stop.path)
                for _, theme, width in wanted:
                    yield visitor.picture(folder / f"{stop.name}-{language}-{theme}-{width}.png", theme, width)
            visitor.close()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        inhabited(Path(place)) as application,
        sync_playwright() as playwright,
        chromium_of(playwright) as browser,
    ):
        pictures = list(take(browser, application, folder))
    sys.stdout.write(f"✓ {len(pictures)} pictures in {folder}\n")


if __name__ == "__main__":
    main()
