"""Every page in every state, light and dark, at every width: axe finds nothing and the browser is content."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from project.tests.browser.application import PHONE, Visitor, problem
from project.tests.browser.imagined import EXAMPLES, WAREHOUSE
from project.tests.browser.story import Told
from project.tests.browser.tour import Stop, tour

pytestmark = pytest.mark.browser
NUMBERS = Told(asking=0, failed=0, compared=0, submitted=0, rejected=0, planned=0, interrupted=0, dashboard="")
STOPS = [stop.name for stop in tour(NUMBERS)]
ASKING = [stop.name for stop in tour(NUMBERS) if stop.about != "own"]
ASKED = re.compile(r"/api/v1/(?!session|activity)")
SHELL = re.compile(r"/api/v1/")


@pytest.fixture
def stop(request, application) -> Stop:
    return next(each for each in tour(application.told) if each.name == request.param)


def on_every_page(function):
    return pytest.mark.parametrize("stop", STOPS, indirect=True)(function)


def on_every_page_that_asks(function):
    return pytest.mark.parametrize("stop", ASKING, indirect=True)(function)


def lose(page: Page) -> None:
    """The connection is gone, and the application notices as soon as somebody looks at it."""
    page.route(SHELL, lambda route: route.abort())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("Connection lost.")).to_be_visible()


@on_every_page
def test_a_page_with_content_can_be_read_by_everybody(stop, visit):
    person = visit(stop.who)
    page = person.open(stop.path)
    expect(page.get_by_role("alert").filter(has_text="could not be loaded")).to_have_count(0)
    person.rest()
    assert person.inspect(f"{stop.name} filled") == []


@on_every_page
def test_a_page_that_waits_for_its_content_can_be_read_by_everybody(stop, visit):
    person = visit(stop.who)
    person.expected.append("ERR_FAILED")
    held: list[Route] = []
    person.page.route(ASKED, lambda route: held.append(route))  # noqa: PLW0108 - Playwright takes no built-in
    page = person.open(stop.path, settled=False)
    expect(page.get_by_role("banner")).to_be_visible()
    if stop.about != "own":
        expect(page.locator("[aria-busy=true], [role=status][aria-label=Loading]").first).to_be_visible()
    assert person.inspect(f"{stop.name} loading") == []
    for route in held:
        route.abort()


@on_every_page_that_asks
def test_a_page_that_could_not_be_loaded_says_why_and_can_be_tried_again(stop, visit):
    person = visit(stop.who)
    person.expected += ["was answered with 500", "status of 500"]
    person.page.route(ASKED, lambda route: route.fulfill(**problem(500)))
    page = person.open(stop.path, settled=False)
    again = page.get_by_role("button", name="Try again").first
    expect(again).to_be_visible()
    expect(page.get_by_role("heading", name="The server failed").first).to_be_visible()
    assert person.inspect(f"{stop.name} failed") == []
    page.unroute(ASKED)
    again.click()
    expect(page.get_by_role("heading", name="The server failed")).to_have_count(0)
    person.settle()


@on_every_page
def test_a_page_keeps_its_content_while_there_is_no_connection(stop, visit):
    person = visit(stop.who)
    person.expected.append("ERR_FAILED")
    page = person.open(stop.path)
    heading = page.get_by_role("heading", level=1).first.inner_text()
    lose(page)
    expect(page.get_by_role("heading", level=1).first).to_have_text(heading, use_inner_text=True)
    assert person.inspect(f"{stop.name} offline") == []
    page.unroute(SHELL)
    # A page that asks by itself may have found it before
    page.get_by_role("button", name="Retry now").evaluate_all("buttons => buttons.forEach((each) => each.click())")
    expect(page.get_by_text("Connection lost.")).to_have_count(0)


@on_every_page_that_asks
def test_a_page_that_is_opened_without_a_connection_says_so(stop, visit):
    person = visit(stop.who)
    person.expected.append("ERR_FAILED")
    person.page.route(ASKED, lambda route: route.abort())
    page = person.open(stop.path, settled=False)
    expect(page.get_by_role("heading", name="No connection to Lockstep").first).to_be_visible()
    assert person.inspect(f"{stop.name} without connection") == []


@pytest.mark.parametrize(
    "path",
    ["dashboards", "charts", "datasets", "migrations", "approvals", "tasks", "environments", "mappings", "profile"],
)
def test_a_page_of_a_new_installation_says_what_to_do_first(path, chromium, lockstep):
    person = Visitor(chromium, lockstep)
    person.page.goto(f"/{path}")
    person.enter("ada")
    person.settle()
    if path not in {"profile", "environments"}:
        expect(person.page.locator("[data-state=empty], [data-state=first], [data-state=few]").first).to_be_visible()
    person.rest()
    assert person.inspect(f"{path} empty") == []
    person.close()
    person.forgive("session was answered with 401", "status of 401")
    assert person.faults == []


def overlays(person: Visitor):
    """Opens what lies over a page, one after the other."""
    page = person.page
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search and commands")).to_be_visible()
    yield "palette"
    page.keyboard.type("sales")
    expect(page.get_by_role("option", name=re.compile("Sales Dashboard")).first).to_be_visible()
    yield "palette with results"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    yield "keys"
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.get_by_role("complementary", name="Tasks")).to_be_visible()
    yield "drawer"
    page.keyboard.press("t")
    page.get_by_role("button", name="Language").click()
    yield "menu of languages"
    page.keyboard.press("Escape")
    page.get_by_role("search").get_by_role("button", name="Owner").click()
    yield "menu of a filter"
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Sales Dashboard").check()
    expect(page.get_by_role("region", name="Selection")).to_be_visible()
    yield "selection"


def test_what_lies_over_a_page_can_be_read_by_everybody(visit):
    person = visit()
    person.open("/dashboards?env=dev")
    found = [fault for what in overlays(person) for fault in person.inspect(what, widths=[1440])]
    assert found == []


def test_the_menu_of_a_phone_lies_over_the_page(visit):
    person = visit()
    page = person.open("/migrations")
    page.set_viewport_size({"width": PHONE, "height": 900})
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.get_by_role("link", name="Approvals")).to_be_visible()
    assert person.inspect("menu of a phone", widths=[PHONE]) == []


@pytest.fixture
def unmapped(application):
    """Nothing says which database of prod stands for the one of dev."""
    ada = application.person()
    pair = {"source": "dev", "target": "prod"}
    for each in ada.ask("GET", "mappings?source=dev&target=prod")["results"]:
        ada.ask("DELETE", f"mappings/{each['id']}")
    yield
    ada.ask("POST", "mappings", **pair, pairs=[{"source_uuid": EXAMPLES, "target_uuid": WAREHOUSE["uuid"]}])


@pytest.mark.usefixtures("unmapped")
def test_a_missing_connection_is_created_by_choice(visit, application):
    person = visit()
    page = person.open(f"/migrations/new?source=dev&target=prod&dashboards={application.told.dashboard}")
    missing = page.get_by_role("group", name="Without a counterpart on prod")
    expect(missing).to_contain_text("pauses and asks for it")
    missing.get_by_role("checkbox", name="Create “examples” on prod").check()
    expect(page.get_by_text("Its connection is created on prod.")).to_be_visible()
    expect(page).to_have_url(re.compile(f"create={EXAMPLES}"))
    person.rest()
    assert person.inspect("new migration with a connection") == []
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page).to_have_url(re.compile(r"/migrations/\d+$"))
    expect(page.get_by_role("heading", name="Connections are created")).to_be_visible()
