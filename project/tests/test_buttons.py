"""Each button of the application stands for an action on which the API gives a verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from apps.users.models import User
from apps.users.services.grants import get_role, grant_role
from project.tests.world import World

SOURCES = Path(__file__).parents[2] / "frontend" / "src"
BUTTON = re.compile(r"data-actions?=(?:\"(?P<name>[^\"{}]*)\"|\{(?P<expression>[^}]*)\})")
WORD = re.compile(r"'([a-z_]+)'")

VALUES = {
    "lib/components/environments/ProtectionRequest.svelte": (None, r"const VERBS: (.*) ="),
    "lib/components/plan/Steps.svelte": ("lib/components/plan/steps.ts", r"export type Step = (.*);"),
    "lib/components/plan/PlanHead.svelte": (None, r"(?:deed: |\badd\()('\w+')"),
    "lib/components/tasks/TaskFailure.svelte": (None, r"const SAFEST = (.*);"),
}
"""Where a variable names the action: the file, if it is another, and the pattern of what may be in the variable."""

NO_REQUEST = frozenset({"link", "markdown"})
"""Entries of menus that copy something and ask the server for nothing."""


def buttons() -> Iterator[tuple[str, str]]:
    """The file and the action of each."""
    for path in sorted(SOURCES.rglob("*.svelte")):
        name, text = path.relative_to(SOURCES).as_posix(), path.read_text()
        for found in BUTTON.finditer(text):
            written = found["name"].split() if found["name"] else WORD.findall(found["expression"])
            for action in written or values(name, text):
                yield name, action


def values(name: str, text: str) -> list[str]:
    if name not in VALUES:
        pytest.fail(f"{name}: which actions can the variable of its button hold? Add it to VALUES.")
    other, pattern = VALUES[name]
    source = (SOURCES / other).read_text() if other else text
    found = [word for match in re.findall(pattern, source) for word in WORD.findall(match)]
    assert found, name
    return found


def actions_in(answer: Any) -> Iterator[str]:
    """The actions of all `allowed_actions` in it."""
    if isinstance(answer, list):
        answer = dict(enumerate(answer))
    if not isinstance(answer, dict):
        return
    for key, value in answer.items():
        yield from value if key == "allowed_actions" else actions_in(value)


@pytest.fixture
def known(author, monkeypatch, api) -> set[str]:
    world = World(author, monkeypatch)
    world.prod.protected = True
    world.prod.save()
    second = User.objects.create_user("bea", password="only-for-tests")
    grant_role(actor=author, user=second, role=get_role("administrator"))
    asked = api.patch(reverse("api:environment", args=["prod"]), {"protected": False, "reason": "It moves."})
    assert asked.status_code == 202
    addresses = [
        reverse("api:session"),
        reverse("api:environment", args=["prod"]),
        reverse("api:migration", args=[world.migration.pk]),
        reverse("api:task", args=[world.task.pk]),
        f"{reverse('api:environment', args=['dev'])}/matrix?kind=dashboard",
        reverse("api:mappings"),
        reverse("api:pairings"),
    ]
    return {action for address in addresses for action in actions_in(api.get(address).json())}


def test_each_button_stands_for_an_action_that_the_api_knows(known):
    found = {(name, action) for name, action in buttons() if action not in NO_REQUEST}
    assert len(found) > 30
    assert {(name, action) for name, action in found if action not in known} == set()


def test_the_api_tells_about_all_kinds_of_things(known):
    assert {"add_environment", "sync", "confirm", "apply", "retry", "migrate", "remove"} <= known
