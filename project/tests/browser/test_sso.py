"""Sign-in through a real provider in a real browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from project.tests.browser.conftest import Desk
from project.tests.running import CHECKOUT, Running, environment, free_port

pytestmark = pytest.mark.browser

MAP_THE_GROUP = """
from apps.users.services.grants import get_role
from apps.users.models import GroupMapping
GroupMapping.objects.create(group="corp\\\\bi-owners", role=get_role("administrator"), staff=True)
"""


@pytest.fixture(scope="module")
def lockstep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Lockstep that trusts the provider."""
    folder = tmp_path_factory.mktemp("lockstep")
    ours, theirs = free_port(), free_port()
    address = f"http://127.0.0.1:{ours}"
    script = Path(__file__).parent / "provider.mjs"
    at_home = CHECKOUT / "frontend" / "provider.mjs"  # Node looks for packages beside the script
    at_home.symlink_to(script)
    provider = subprocess.Popen(
        ["node", "--preserve-symlinks", "--preserve-symlinks-main", str(at_home), str(theirs), address],
        cwd=CHECKOUT / "frontend",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    run = Running(
        folder / "data",
        ours,
        LOCKSTEP_SSO_ISSUER=f"http://127.0.0.1:{theirs}",
        LOCKSTEP_SSO_CLIENT_ID="lockstep",
        LOCKSTEP_SSO_CLIENT_SECRET="only-for-tests",
        LOCKSTEP_SSO_SCOPES="openid,allatclaims",
    )
    try:
        assert provider.stdout is not None
        assert provider.stdout.readline() == "listening\n"
        run.ready()
        command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", MAP_THE_GROUP]
        subprocess.run(command, env=environment(folder / "data"), cwd=CHECKOUT, check=True, capture_output=True)
        yield address
    finally:
        at_home.unlink()
        provider.kill()
        provider.communicate()
        run.kill()


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
    page.fill("[name=login]", name)
    page.fill("[name=password]", "anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_a_member_of_a_mapped_group_gets_in_and_out_again(desk, lockstep):
    page = desk.page
    sign_in(page, "alice")
    page.wait_for_url(f"{lockstep}/admin/")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
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
