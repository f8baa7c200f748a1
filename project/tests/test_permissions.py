"""Who may call what: method × route × person → status, and socket × person. No route may be missing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import get_resolver, reverse
from django.utils.module_loading import import_string

from apps.tasks.tests.sockets import Site, signed_in
from conftest import api_of
from project.tests.world import OTHER_SOURCE_UUID, OTHER_TARGET_UUID, SOURCE_UUID, TARGET_UUID

METHODS = ("get", "post", "put", "patch", "delete")
SIGN_IN = {"username": "robot", "secret": "hunter22"}
ENVIRONMENT = {"name": "stage", "url": "https://stage.example.com", "sign_in": SIGN_IN}
BETWEEN = {"source": "dev", "target": "prod"}
MAPPING = {**BETWEEN, "pairs": [{"source_uuid": str(SOURCE_UUID), "target_uuid": str(TARGET_UUID)}]}
PAIRING = {
    **BETWEEN,
    "kind": "chart",
    "pairs": [{"source_uuid": str(OTHER_SOURCE_UUID), "target_uuid": str(OTHER_TARGET_UUID)}],
}
FREEZE = {"reason": "Christmas", "starts": "2040-12-23T18:00:00Z", "ends": "2041-01-04T08:00:00Z"}

SCHEDULE = {"name": "weekly", "plugin": "catalogue", "action": "sync", "environment": "dev", "cron": "0 6 * * MON"}


@dataclass(frozen=True)
class Row:
    """What each person is answered: not signed in, signed in, staff, administrator; and what is sent."""

    anonymous: int
    viewer: int
    staff: int
    administrator: int
    sent: dict[str, Any] | None = None


def administrators(status: int, sent: dict[str, Any] | None = None) -> Row:
    return Row(401, 403, 403, status, sent)


def everybody(status: int, sent: dict[str, Any] | None = None) -> Row:
    return Row(status, status, status, status, sent)


TABLE = {
    "get session": Row(401, 200, 200, 200),
    "post session": everybody(200, {"username": "viewer", "password": "only-for-tests"}),
    "delete session": everybody(204),
    "put session-password": Row(401, 400, 400, 400, {"old": "x", "new": "y"}),
    "delete sessions": Row(401, 204, 204, 204),
    "get tokens": Row(401, 200, 200, 200),
    "post tokens": Row(401, 201, 201, 201, {"name": "ci"}),
    "delete token": Row(401, 404, 404, 204),
    "get schema": administrators(200),
    "get environments": administrators(200),
    "post environments": administrators(201, ENVIRONMENT),
    "get environment": administrators(200),
    "patch environment": administrators(200, {"tier": "prod"}),
    "delete environment": administrators(204),
    "put environment-credentials": administrators(200, SIGN_IN),
    "post environment-enable": administrators(200),
    "post environment-disable": administrators(200),
    "post environment-check": administrators(202),
    "get freezes": administrators(200),
    "post freezes": administrators(201, FREEZE),
    "get freeze": administrators(200),
    "patch freeze": administrators(200, {"reason": "Holidays"}),
    "delete freeze": administrators(204),
    "get catalogue": administrators(200),
    "post catalogue-sync": administrators(202, {}),
    "post catalogue-refresh-ids": administrators(202),
    "get assets": administrators(200),
    "get mappings": administrators(200),
    "post mappings": administrators(201, MAPPING),
    "get mapping": administrators(200),
    "delete mapping": administrators(204),
    "get mapping-suggestions": administrators(200, BETWEEN),
    "get pairings": administrators(200),
    "post pairings": administrators(201, PAIRING),
    "get pairing": administrators(200),
    "delete pairing": administrators(204),
    "get migrations": administrators(200),
    "post migration-plan": administrators(202, {**BETWEEN, "everything": True}),
    "get migration": administrators(200),
    "post migration-replan": administrators(202, {}),
    "post migration-submit": administrators(200, {}),
    "post migration-approve": administrators(403),  # it is their own
    "post migration-reject": administrators(403, {"note": "no"}),
    "post migration-withdraw": administrators(200, {}),
    "post migration-comment": administrators(200, {"note": "hm"}),
    "get migration-explain": administrators(200),
    "post migration-apply": administrators(202),
    "post migration-rollback": administrators(409),
    "get plugins": administrators(200),
    "get plugin": administrators(200),
    "post plugin-enable": administrators(200),
    "post plugin-disable": administrators(200),
    "post plugin-settings": administrators(404, {}),
    "post plugin-action-run": administrators(202, {"environment": "dev"}),
    "get health": Row(401, 200, 200, 200),
    "get schedules": administrators(200),
    "post schedules": administrators(201, SCHEDULE),
    "get schedule": administrators(200),
    "patch schedule": administrators(200, {"cron": "0 4 * * *"}),
    "delete schedule": administrators(204),
    "get schedule-runs": administrators(200),
    "post schedule-pause": administrators(200),
    "post schedule-resume": administrators(200),
    "post schedule-run": administrators(202),
    "get tasks": administrators(200),
    "get task": administrators(200),
    "get task-lines": administrators(200),
    "get task-lines-count": administrators(200),
    "get task-lines-text": administrators(200),
    "get task-artifact": administrators(200),
    "get audit": administrators(200),
    "get audit-export": administrators(200),
    "post task-cancel": administrators(409),
    "post task-retry": administrators(409),
    "post task-answer": administrators(409, {"answers": {}}),
}


SOCKETS = {
    "ws/tasks/<int:task>/": Row(4001, 4004, 4004, 1000),
    "ws/activity/": Row(4001, 4000, 4000, 4000),  # open to all who are signed in, until they say something
}
"""Address → the code with which the socket of each person is closed when they ask for a task that has ended."""


def routes() -> dict[str, Any]:
    """Name → view of every address of the API."""
    found = get_resolver().reverse_dict  # makes the resolver read all of it
    assert found is not None
    patterns = next(each for each in get_resolver().url_patterns if getattr(each, "namespace", None) == "api")
    return {str(pattern.name): pattern.callback.view_class for pattern in patterns.url_patterns}


def methods_of(view: Any) -> list[str]:
    return [method for method in METHODS if hasattr(view, method)]


def address(world: Any, route: str) -> str:
    """Where the world's one thing of the kind is."""
    arguments: list[Any] = []
    if route == "task-artifact":
        arguments = [world.task.pk, "plan.json"]
    elif route.startswith("plugin-") or route == "plugin":
        arguments = ["catalogue", "sync"] if route == "plugin-action-run" else ["catalogue"]
    elif route in {"mapping", "pairing", "migration", "task", "token", "schedule", "freeze"} or route.startswith(
        ("migration-", "task-", "schedule-")
    ):
        arguments = [getattr(world, route.split("-", 1)[0]).pk]
    elif route in {"assets", "catalogue", "environment"} or route.startswith(("environment-", "catalogue-")):
        arguments = ["dev"]
    return reverse(f"api:{route}", args=[] if route == "migration-plan" else arguments)


def test_every_route_is_in_the_table():
    assert {f"{method} {name}" for name, view in routes().items() for method in methods_of(view)} == set(TABLE)


@pytest.mark.parametrize("called", TABLE)
def test_each_person_gets_the_answer_that_the_table_says(called, world, viewer, staff, author):
    method, route = called.split()
    row = TABLE[called]
    sent = {"checksum": world.checksum} if route in {"migration-apply", "migration-approve"} else row.sent
    for user, status in ((None, row.anonymous), (viewer, row.viewer), (staff, row.staff), (author, row.administrator)):
        client = api_of(user)
        answer = getattr(client, method)(address(world, route), sent)
        assert answer.status_code == status, (user, answer.content)


@pytest.mark.parametrize("route", sorted(routes()))
def test_other_methods_are_refused(route, world, author):
    for method in {*METHODS, "options"} - set(methods_of(routes()[route])):
        answer = getattr(api_of(author), method)(address(world, route))
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), method


def test_an_account_that_was_made_inactive_is_signed_out(world, author):
    client = api_of(author)
    author.is_active = False
    author.save()
    assert client.get(reverse("api:environments")).status_code == 401


def test_what_is_not_there_is_the_same_as_what_is_not_visible(world, viewer, author):
    for user, status in ((viewer, 403), (author, 404)):
        answer = api_of(user).get(reverse("api:environment", args=["nowhere"]))
        assert answer.status_code == status


def test_every_socket_is_in_the_table():
    *addresses, otherwise = (str(route.pattern) for route in import_string("project.routing.ROUTES"))
    assert (set(addresses), otherwise) == (set(SOCKETS), "")


@pytest.mark.parametrize("path", SOCKETS)
def test_each_person_gets_the_socket_that_the_table_says(path, transactional_db, world, viewer, staff, author):
    row = SOCKETS[path]
    with closing(Site()) as site:
        for user, code in ((viewer, row.viewer), (staff, row.staff), (author, row.administrator)):
            browser = site.browser(path.replace("<int:task>", str(world.task.pk)), signed_in(user))
            assert browser.say(after=0).closed[0] == code, user
        assert site.browser(path.replace("<int:task>", str(world.task.pk))).closed[0] == row.anonymous
