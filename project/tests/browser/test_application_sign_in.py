"""Who comes in, by which door, and how they leave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from project.tests.browser.application import PASSWORD, Application, Visitor
from project.tests.browser.provider import prove_it, trusting

pytestmark = pytest.mark.browser


@pytest.fixture
def guest(chromium: Browser, application: Application) -> Iterator[Visitor]:
    """Nobody is signed in; being told so is no fault."""
    person = Visitor(chromium, application.address)
    yield person
    person.close()
    person.forgive("api/v1/session was answered with 401", "status of 401")
    assert person.faults == []


def test_the_form_leads_to_the_page_that_was_asked_for(guest):
    page = guest.open("/environments")
    expect(page.get_by_role("heading", name="Sign in to Lockstep")).to_be_visible()
    assert guest.inspect("sign-in") == []
    expect(page.get_by_label("Username")).to_be_focused()
    guest.enter("ada")
    expect(page.get_by_role("heading", name="Environments", exact=True)).to_be_visible()
    assert page.url.endswith("/environments")


def test_a_wrong_password_is_told_at_the_form_which_can_be_tried_again(guest):
    page = guest.open("/tasks")
    guest.enter("ada", "not-this-one")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("ada")
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_label("Password")).to_be_focused()
    assert guest.inspect("sign-in refused") == []
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    guest.forgive("api/v1/session was answered with 400", "api/v1/session was answered with 403", "status of 40")


def test_signing_out_ends_the_session_on_the_server(guest):
    page = guest.open("/tasks")
    guest.enter("ada")
    page.get_by_role("button", name="Account of ada").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Lockstep")).to_be_visible()
    assert page.request.get("/api/v1/session").status == 401


def test_a_password_that_somebody_else_has_set_is_changed_first(guest, application):
    ada = application.person()
    ada.ask("POST", "users", username="new", password=PASSWORD, must_change_password=True, email="new@corp.test")
    ada.ask("POST", "grants", user="new", role="viewer")
    page = guest.open("/environments")
    guest.enter("new")
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    assert guest.inspect("forced change of password") == []
    fresh = "quite-another-one"
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(fresh)
    page.get_by_label("New password again").fill("mistyped")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("The two new passwords differ.")).to_be_visible()
    page.get_by_label("New password again").fill(fresh)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("heading", name="Environments", exact=True)).to_be_visible()
    session = page.request.get("/api/v1/session").json()
    assert (session["user"]["username"], session["user"]["must_change_password"]) == ("new", False)


def end_session(page: Page) -> None:
    """On the server: an answer that is under way would bring a deleted cookie back."""
    token = page.request.get("/api/v1/session").json()["csrf_token"]
    ended = page.request.delete("/api/v1/session", headers={"X-CSRFToken": token})
    assert ended.ok, ended.text()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_session_that_ends_keeps_the_page_and_what_was_typed(guest):
    page = guest.open("/environments/new")
    guest.enter("ada")
    page.get_by_label("Name", exact=True).fill("stage")
    end_session(page)
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    assert guest.inspect("session ended") == []
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("Name", exact=True)).to_have_value("stage")
    guest.forgive("was answered with 401")


@pytest.fixture(scope="module")
def trusting_lockstep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with trusting(tmp_path_factory.mktemp("trusting")) as address:
        yield address


def test_single_sign_on_stands_beside_the_form_and_comes_back_to_the_page(chromium, trusting_lockstep):
    person = Visitor(chromium, trusting_lockstep)
    page = person.open("/profile?from=a-link")
    expect(page.get_by_label("Password")).to_be_visible()
    assert person.inspect("sign-in with single sign-on") == []
    page.get_by_role("link", name="Sign in with single sign-on").click()
    prove_it(page, "alice")
    page.wait_for_url(f"{trusting_lockstep}/profile?from=a-link")
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    expect(page.get_by_text("alice@corp.test").first).to_be_visible()
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Lockstep")).to_be_visible()
    person.close()
    person.forgive("status of 401", "with 401")
    assert [each for each in person.faults if each.startswith(trusting_lockstep)] == [], "the provider loads a font"
