"""A Lockstep that trusts a real OpenID provider."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from project.tests.running import CHECKOUT, Running, environment, free_port

MAP_THE_GROUP = """
from apps.users.services.grants import get_role
from apps.users.models import GroupMapping
GroupMapping.objects.create(group="corp\\\\bi-owners", role=get_role("administrator"), staff=True)
"""


@contextmanager
def trusting(folder: Path) -> Iterator[str]:
    """The address of a Lockstep that trusts the provider."""
    ours, theirs = free_port(), free_port()
    address = f"http://127.0.0.1:{ours}"
    script = Path(__file__).parent / "provider.mjs"
    at_home = CHECKOUT / "frontend" / f"provider-{theirs}.mjs"  # Node looks for packages beside the script
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


def prove_it(page: Page, name: str) -> None:
    """Say at the provider who one is."""
    page.fill("[name=login]", name)
    page.fill("[name=password]", "anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
