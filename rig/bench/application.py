"""`python -m rig.bench.application`: measures the application in Chromium, and prints a table with verdicts.

Runs a real `manage.py run` on a new database with a thousand dashboards and a task of ten thousand lines, and opens the
pages of the built application. Only the plan of a thousand changes is a stand-in, in the place of two answers. Work is
the processor's time of the page's main thread, from Chromium's trace; what passed meanwhile stands beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from rig import paths
from rig.bench import trace
from rig.bench.live import running
from rig.bench.stopwatch import Bound, machine
from rig.errors import RigError
from rig.lockstep import Lockstep
from rig.ports import LOOPBACK, free_ports
from rig.servers.configuration import ADMIN

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
DASHBOARDS, LINES, CHANGES = 1000, 10_000, 1000
VIEWPORT: ViewportSize = {"width": 1440, "height": 1000}
STEP = 240
"""Pixels per frame: faster than a hand, 14,400 a second."""

SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
HUB = "[role=grid] [role=rowgroup] [role=row]"
LOG = "[role=log]"
PLAN = "[role=treeitem]"
NOWHERE = ("dev", "http://127.0.0.1:9"), ("prod", "http://127.0.0.1:19")
MIGRATION = 12

STAND_IN = """
const { view, sections } = %s;
const real = window.fetch;
window.fetch = (request, options) => {
    const url = new URL(typeof request === 'string' ? request : request.url, location.origin);
    const headers = { 'Content-Type': 'application/json' };
    const answer = (body) => Promise.resolve(new Response(JSON.stringify(body), { headers }));
    if (url.pathname === '/api/v1/migrations/%d/overview') return answer(view);
    if (url.pathname === '/api/v1/migrations/%d/changes') {
        const wanted = new Set(url.searchParams.getAll('uuid'));
        const nodes = view.plan.nodes.filter(({ uuid }) => wanted.has(uuid));
        return answer({ results: nodes.map((node) => ({ ...node, hidden: 3, sections })) });
    }
    return real(request, options);
};
"""


@dataclass(frozen=True, slots=True)
class Home:
    """A running Lockstep, and who is signed in."""

    address: str
    cookie: str
    session: str
    task: int


class Bench:
    def __init__(self, browser: Browser, home: Home, rounds: int, frames: int) -> None:
        self._browser = browser
        self._home = home
        self._rounds = rounds
        self._frames = frames
        self.rows: list[str] = []
        self.bounds: list[Bound] = []

    def all(self, parts: list[str]) -> None:
        measured: dict[str, Callable[[], None]] = {
            "load": self.load,
            "hub": self.hub,
            "log": self.log,
            "pages": self.pages,
            "drawer": self.drawer,
            "plan": self.plan,
        }
        for name in parts or measured:
            print(f"… {name}", file=sys.stderr, flush=True)
            measured[name]()

    def load(self) -> None:
        """A first visit with an empty cache: until the rows of the home page are there."""
        times, work = [], []
        for _ in range(self._rounds):
            with self._page() as page:
                session = page.context.new_cdp_session(page)
                session.send("Performance.enable", {"timeDomain": "threadTicks"})
                page.goto("/dashboards", wait_until="commit")
                times.append(float(page.evaluate(f"benchShown('{HUB}')")))
                metrics = session.send("Performance.getMetrics")["metrics"]
                work.append(next(each["value"] for each in metrics if each["name"] == "TaskDuration") * 1000)
        self._time("first load, until the rows of the home page", times, 1000)
        self.rows.append(f"| work of the main thread for that | {statistics.median(work):.0f} ms | {_range(work)} |")

    def hub(self) -> None:
        with self._page() as page:
            page.goto("/dashboards")
            page.locator(HUB).first.wait_for()
            page.wait_for_timeout(1500)
            self._scroll(page, f"{DASHBOARDS:,} rows", {"list": "[role=grid]", "rows": "[role=row]", "from": "start"})

    def log(self) -> None:
        with self._page() as page:
            page.goto(f"/tasks/{self._home.task}")
            page.locator(f'[data-line="{LINES}"]').wait_for()
            page.evaluate("(of) => bench.readAll(of)", {"list": LOG, "first": '[data-line="1"]'})
            page.wait_for_timeout(1500)
            self._scroll(page, f"{LINES:,} lines", {"list": LOG, "rows": "[data-line]", "from": "start"})

    def pages(self) -> None:
        """From page to page within the application: first each for the first time, then again."""
        walk = [("/tasks", "h1"), ("/environments", "h1"), ("/profile", "h1"), ("/dashboards", HUB)]
        first: list[float] = []
        again: list[float] = []
        with self._page() as page:
            page.goto("/dashboards")
            page.locator(HUB).first.wait_for()
            page.wait_for_timeout(2500)
            for turn in range(1 + self._rounds):
                for href, shown in walk:
                    (again if turn else first).append(self._open(page, href, f"main {shown}"))
                    page.wait_for_timeout(400)
        self._time("from page to page, each for the first time", first, 100)
        self._time("from page to page, again", again, 100)

    def drawer(self) -> None:
        times = []
        for _ in range(self._rounds):
            with self._page() as page:
                page.goto("/tasks")
                page.locator(f'a[href="/tasks/{self._home.task}"]').first.wait_for()
                page.wait_for_timeout(2500)
                times.append(self._open(page, f"/tasks/{self._home.task}", 'aside[tabindex="-1"] [role=tab]'))
        self._time("drawer of a task", times, 200)

    def plan(self) -> None:
        stand_in = STAND_IN % (_plan(), MIGRATION, MIGRATION)
        times = []
        for _ in range(self._rounds):
            with self._page(stand_in) as page:
                page.goto("/tasks")
                page.locator("main h1").wait_for()
                page.wait_for_timeout(2500)
                times.append(self._open(page, f"/migrations/{MIGRATION}", PLAN))
        self._time(f"plan of {CHANGES:,} changes", times, 500)

    def _scroll(self, page: Page, what: str, of: dict[str, Any]) -> None:
        self._browser.start_tracing(page=page, categories=list(trace.CATEGORIES))
        seen = page.evaluate("(of) => bench.scroll(of)", {**of, "step": STEP, "frames": self._frames})
        frames = trace.frames(self._browser.stop_tracing())
        half = statistics.median(frames.work)
        self.bounds += [
            Bound(f"{what}: work per frame, p95", frames.p95(), 8, "ms"),
            Bound(f"{what}: longest task", frames.longest, 50, "ms"),
            Bound(f"{what}: rows in the page", seen["rows"], 120, "rows"),
        ]
        passed = f"{statistics.median(frames.wall):.1f} and {trace.share(frames.wall, 0.95):.1f} ms"
        presented = f"{frames.presented / seen['seconds']:.0f} a second"
        self.rows += [
            f"| {what}: work per frame, median and p95 | {half:.1f} and {frames.p95():.1f} ms | passed: {passed} |",
            f"| {what}: longest task | {frames.longest:.1f} ms | passed: {frames.longest_wall:.1f} ms |",
            f"| {what}: frames presented | {presented} | {frames.presented} of {seen['frames']} |",
        ]

    def _open(self, page: Page, href: str, shown: str) -> float:
        return float(page.evaluate("(of) => bench.opens(of)", {"href": href, "shown": shown}))

    def _time(self, what: str, times: list[float], most: float) -> None:
        self.rows.append(f"| {what} | {statistics.median(times):.0f} ms | {_range(times)} |")
        self.bounds.append(Bound(what, statistics.median(times), most, "ms"))

    @contextmanager
    def _page(self, script: str = "") -> Iterator[Page]:
        """A page in a browser that has nothing in its cache."""
        context: BrowserContext = self._browser.new_context(
            base_url=self._home.address,
            viewport=VIEWPORT,
            locale="en-GB",
        )
        context.add_cookies([{"name": self._home.cookie, "value": self._home.session, "url": self._home.address}])
        context.add_init_script(SCRIPT + script)
        page = context.new_page()
        page.set_default_timeout(60_000)
        try:
            yield page
        finally:
            context.close()


def _range(times: list[float]) -> str:
    return f"{min(times):.0f}–{max(times):.0f} ms"


def _plan() -> str:
    """A plan as the tests of the application have it."""
    source = (
        "import('./tests/mocks/plan.ts').then(({ large, SECTIONS }) => "
        f"console.log(JSON.stringify({{ view: large({CHANGES}), sections: SECTIONS }})))"
    )
    command = [_node(), "--no-warnings", "--input-type=module", "-e", source]
    return subprocess.run(command, cwd=_frontend(), check=True, capture_output=True, text=True).stdout


def _budget() -> tuple[str, bool]:
    """What a first visit loads, as CI checks it."""
    done = subprocess.run([_node(), "scripts/budget.js"], cwd=_frontend(), check=False, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip(), done.returncode == 0


def _frontend() -> Path:
    return paths.CHECKOUT / "frontend"


def _node() -> str:
    return str(Path(sys.executable).with_name("node"))


@contextmanager
def _home() -> Iterator[Home]:
    with tempfile.TemporaryDirectory(prefix="lockstep-application-") as name:
        lockstep = Lockstep(Path(name, "data"))
        lockstep.environment |= {"DJANGO_SETTINGS_MODULE": "project.settings", "PYTHONPATH": str(paths.CHECKOUT)}
        lockstep.check_output("migrate", "--verbosity", "0")
        lockstep.check_output("create_admin", ADMIN, "--password-stdin", stdin=os.urandom(16).hex())
        for environment, url in NOWHERE:
            lockstep.check_output(
                *("environment", "add", environment, url, "--username", "x", "--password-stdin", "--no-check"),
                stdin="x",
            )
        command = [sys.executable, "-m", "rig.bench.filled", str(DASHBOARDS), str(LINES)]
        filled = subprocess.run(
            command, cwd=paths.CHECKOUT, env=lockstep.environment, check=False, capture_output=True, text=True
        )
        if filled.returncode:
            raise RigError(f"The database could not be filled: {filled.stderr}")
        [port] = free_ports(1)
        with running(lockstep.environment, port, Path(name, "run.log")):
            yield Home(f"http://{LOOPBACK}:{port}", **json.loads(filled.stdout.splitlines()[-1]))


def main() -> int:
    options = _options()
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        raise RigError("There is no Chromium on this machine: install one (Debian, Ubuntu: apt install chromium).")
    with _home() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        bench = Bench(browser, home, options.rounds, options.frames)
        bench.all(options.parts)
        version = browser.version
        browser.close()
    budget, kept = _budget()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{machine()}, Chromium {version}; load {load}\n")
    print("| measured | | |\n| --- | ---: | --- |", *bench.rows, "", sep="\n")
    print(
        "| goal | reached | |\n| --- | ---: | --- |", *(each.verdict() for each in bench.bounds), "", budget, sep="\n"
    )
    return 0 if kept and all(each.reached <= each.most for each in bench.bounds) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rig.bench.application", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "parts", nargs="*", metavar="load|hub|log|pages|drawer|plan", help="what to measure (everything)"
    )
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")), help="of each time (5)")
    parser.add_argument("--frames", type=int, default=900, help="of each scroll (900)")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except (RigError, KeyboardInterrupt) as error:
        print(str(error) or "Interrupted", file=sys.stderr)
        raise SystemExit(1) from None
