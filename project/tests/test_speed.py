"""What `python -m rig.bench.speed` measures is what the application asks for."""

from __future__ import annotations

import random
import re
from pathlib import Path
from uuid import UUID

from django.urls import resolve

from rig.bench.speed.pages import LAYOUT, ON_DEMAND, PAGES, Request, Walk, all_requests
from rig.bench.speed.people import Answer
from rig.bench.speed.report import BEGIN, END, Measured, keep

SOURCES = Path(__file__).parents[2] / "frontend/src"
READ = re.compile(r"client\.GET\(\s*'/api/v1/([^']+)'")
SESSION = "session"
"""The client has its address as a constant."""

UUID_1 = str(UUID(int=1))
FACTS = {
    "large": 1,
    "planning": 2,
    "later": 3,
    "environments": ["dev", "prod"],
    "dashboards": [UUID_1],
    "tasks": [3],
    "migrations": [4],
    "changes": [UUID_1] * 20,
}
ARGUMENTS = {"slug": "dev", "kind": "dashboard", "uuid": UUID_1, "id": "1"}


def route_of(address: str) -> str:
    return str(resolve(f"/api/v1/{address.partition('?')[0]}").url_name)


def test_every_page_of_the_application_is_measured():
    routes = SOURCES / "routes"
    pages = {str(path.parent.relative_to(routes)) for path in routes.rglob("+page.svelte")}
    assert set(PAGES) == {LAYOUT, *pages}


def test_every_address_that_the_application_reads_is_measured():
    texts = [path.read_text() for path in SOURCES.rglob("*.ts")]
    asked = {address.format_map(ARGUMENTS) for text in texts for address in READ.findall(text)}
    assert len(asked) > 20
    measured = Walk(FACTS, random.Random(1)).requests(all_requests())
    assert {route_of(each.address) for each in measured} == {route_of(address) for address in asked} | {SESSION}


def test_a_person_goes_to_all_pages():
    walk = Walk(FACTS, random.Random(1))
    seen = {each.template for _ in range(2000) for each in walk.page()}
    assert seen == {each for page in (PAGES | ON_DEMAND).values() for each in page}


def test_a_plan_is_measured_as_a_migration_and_without_its_query():
    assert Request("migrations/{large}/changes?uuid={change0}", "").endpoint == "migrations/{migration}/changes"


def test_the_tables_of_the_run_before_are_replaced(tmp_path):
    document = tmp_path / "performance.md"
    marks = [mark.format("SQLite") for mark in (BEGIN, END)]
    document.write_text("\n".join(["before", marks[0], "old", marks[1], "after"]))
    answers = [Answer(Request("tasks", "tasks"), seconds, 100) for seconds in (0.010, 0.020, 0.200)]
    keep(Measured("SQLite", 1.5, 1.0, {"worker": 0.4}, [], answers, 10, answers, 1), document)
    text = document.read_text()
    assert (text.startswith("before\n"), text.endswith("after"), "old" in text) == (True, True, False)
    assert "| `tasks` | 3 | 20 | 182 | 200 | ✗ |" in text
    assert "Without think time: 3 requests a second" in text
    assert all(mark in text for mark in marks)
