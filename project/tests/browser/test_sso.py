"""Sign-in through a real provider in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from project.tests.browser.application import Desk
from project.tests.browser.provider import prove_it, trusting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lockstep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with trusting(tmp_path_factory.mktemp("lockstep")) as address:
        yield address


@pytest.fixture
def desk(chromium: Browser, lockstep: str) -> Iterator[Desk]:
    person = Desk(chromium, lockstep)
    yield person
    person.close()


def ours(desk: Desk, lockstep: str) -> list[str]:
    """Errors of the browser on our pages; those of the provider load a remote font."""
    return [fault for fault in desk.faults if fault.startswith(lockstep)]


def sign_in(page: Page, name: str) -> None:
    page.goto("/admin/login/")
    page.get_by_role("link", name="Sign in with your company account").click()
    prove_it(page, name)


def test_a_member_of_a_mapped_group_gets_in_and_out_again(desk, lockstep):
    page = desk.page
    sign_in(page, "alice")
    page.wait_for_url(f"{lockstep}/dashboards")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    session = page.request.get("/api/v1/session").json()
    assert (session["user"]["username"], session["roles"][0]["group"]) == ("alice@corp.test", "corp\\bi-owners")
    csrf = {"X-CSRFToken": session["csrf_token"], "Origin": lockstep}
    answer = page.request.post("/sso/sign-out", headers=csrf, max_redirects=0)
    assert "/session/end?id_token_hint=" in answer.headers["location"]
    assert page.request.get("/api/v1/session").status == 401
    assert ours(desk, lockstep) == []


def test_who_is_in_no_mapped_group_is_told_what_to_do(desk, lockstep):
    sign_in(desk.page, "bob")
    expect(desk.page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    expect(desk.page.get_by_text("OTHER", exact=True)).to_be_visible()
    desk.look()
    assert [fault for fault in ours(desk, lockstep) if "403" not in fault] == []
