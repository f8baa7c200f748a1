"""The page that Django serves: its policy, its addresses, and a new version of it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from project.tests.browser.test_application_pages import NUMBERS
from project.tests.browser.tour import tour

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("stop", [stop.name for stop in tour(NUMBERS)])
def test_an_address_works_after_a_reload_and_within_the_policy(stop, visit, application):
    wanted = next(each for each in tour(application.told) if each.name == stop)
    person = visit(wanted.who)
    broken: list[str] = []
    person.page.expose_function("tell", lambda text: broken.append(text))  # noqa: PLW0108 - Playwright takes no built-in
    listen = "addEventListener('securitypolicyviolation', (event) => tell(event.violatedDirective + event.blockedURI))"
    person.page.add_init_script(listen)
    page = person.open(wanted.path)
    heading = page.get_by_role("heading", level=1).first.inner_text()
    answer = page.reload()
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in next(part for part in policy.split(";") if "script-src" in part)
    assert "no-store" in answer.headers["cache-control"]
    person.settle()
    expect(page.get_by_role("heading", level=1).first).to_have_text(heading, use_inner_text=True)
    assert broken == []


def test_a_new_version_asks_to_be_loaded(visit):
    person = visit()
    page = person.page
    page.clock.install()
    page.route("**/version.json", lambda route: route.fulfill(body=json.dumps({"version": "a-newer-one"})))
    person.open("/tasks")
    page.clock.run_for(70_000)
    expect(page.get_by_text("A new version is ready.")).to_be_visible()
    assert person.inspect("new version") == []
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Reload", exact=True).click()
    page.wait_for_function("window.stayed === undefined")
