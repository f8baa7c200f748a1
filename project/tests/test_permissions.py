"""Who may call what: method × route × person → status, and socket × person. No route may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.urls import get_resolver, reverse
from django.utils.module_loading import import_string

from apps.migrations.services.approval import submit
from apps.superset.tests.world import BIRTHS
from apps.tasks.tests.sockets import Site
from apps.tasks.tests.sockets import signed_in as session_of
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role
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


PEOPLE = ("anonymous", "nobody", "viewer", "analyst", "operator", "approver", "administrator", "superuser")
"""Not signed in; without a role; with one of the shipped roles everywhere; the superuser, who made all there is."""

SIGNED_IN = PEOPLE[1:]
ROLES = PEOPLE[2:]
PLANNERS = ("analyst", "operator", "administrator", "superuser")
OPERATORS = ("operator", "administrator", "superuser")
ADMINISTRATORS = ("administrator", "superuser")
JUDGES = ("approver", "administrator")
"""Of what the superuser submitted."""


REVIEWED = ("task-plan", "task-change")
"""Routes of a planning task."""


@dataclass(frozen=True)
class Row:
    """Who is answered with `status`, and what is sent. Others are refused with 403 (or `otherwise`), anonymous with
    401; `at_odds` are those who are answered with something else again."""

    people: tuple[str, ...]
    status: int
    sent: dict[str, Any] | None = None
    otherwise: int = 403
    at_odds: Mapping[str, int] = field(default_factory=dict)

    def of(self, person: str) -> int:
        if person in self.at_odds:
            return self.at_odds[person]
        if person in self.people:
            return self.status
        return 401 if person == "anonymous" else self.otherwise


def everybody(status: int, sent: dict[str, Any] | None = None) -> Row:
    return Row(PEOPLE, status, sent)


def signed_in(status: int, sent: dict[str, Any] | None = None) -> Row:
    return Row(SIGNED_IN, status, sent)


def seen(status: int = 200) -> Row:
    """What is not there for who has no role: they may ask, for something may be their own."""
    return Row(ROLES, status, otherwise=404)


def controlled(sent: dict[str, Any] | None = None) -> Row:
    """A task of somebody else that has ended."""
    return Row(OPERATORS, 409, sent, at_odds={"nobody": 404})


TABLE = {
    "get session": signed_in(200),
    "post session": everybody(200, {"username": "grace", "password": "only-for-tests"}),
    "delete session": everybody(204),
    "put session-password": signed_in(400, {"old": "x", "new": "y"}),
    "patch session-preferences": signed_in(200, {"theme": "dark"}),
    "delete sessions": signed_in(204),
    "get tokens": signed_in(200),
    "post tokens": signed_in(201, {"name": "ci"}),
    "delete token": Row(("superuser",), 204, otherwise=404),
    "get schema": signed_in(200),
    "get problems": everybody(200),
    "get problem": everybody(200),
    "get activity": signed_in(200),
    "get search": signed_in(200, {"q": "prod"}),
    "get environments": Row(ROLES, 200),
    "post environments": Row(ADMINISTRATORS, 201, ENVIRONMENT),
    "get environment": Row(ROLES, 200),
    "patch environment": Row(ADMINISTRATORS, 200, {"tier": "prod"}),
    "delete environment": Row(ADMINISTRATORS, 204),
    "put environment-credentials": Row(ADMINISTRATORS, 200, SIGN_IN),
    "post environment-enable": Row(ADMINISTRATORS, 200),
    "post environment-disable": Row(ADMINISTRATORS, 200),
    "post environment-confirm": Row(ADMINISTRATORS, 404),  # nothing waits for it
    "post environment-decline": Row(ADMINISTRATORS, 404),
    "post environment-check": Row(PLANNERS, 202),
    "get catalogue": Row(ROLES, 200),
    "post catalogue-sync": Row(PLANNERS, 202, {}),
    "post catalogue-refresh-ids": Row(OPERATORS, 202),
    "get assets": Row(ROLES, 200),
    "get matrix": Row(ROLES, 200),
    "get asset": Row(ROLES, 200),
    "get mappings": Row(ROLES, 200),
    "post mappings": Row(OPERATORS, 201, MAPPING),
    "get mapping": Row(ROLES, 200),
    "patch mapping": Row(OPERATORS, 200, {"target_uuid": str(TARGET_UUID)}),
    "delete mapping": Row(OPERATORS, 204),
    "get mapping-suggestions": Row(ROLES, 200, BETWEEN),
    "get pairings": Row(ROLES, 200),
    "post pairings": Row(OPERATORS, 201, PAIRING),
    "get pairing": Row(ROLES, 200),
    "delete pairing": Row(OPERATORS, 204),
    "get migrations": signed_in(200),
    "post migration-plan": Row(PLANNERS, 202, {**BETWEEN, "everything": True}),
    "get migration": seen(),
    "get migration-overview": seen(),
    "get migration-changes": seen(),
    "get migration-change-raw": seen(),
    "get migration-plan-markdown": seen(),
    "put migration-seen": Row(ROLES, 200, {"fingerprints": [], "seen": True}, otherwise=404),
    "get task-plan": seen(),
    "get task-changes": seen(),
    "get task-change-raw": seen(),
    "get task-plan-markdown": seen(),
    "post migration-replan": Row(OPERATORS, 202, {}, at_odds={"nobody": 404}),
    "post migration-submit": Row(OPERATORS, 200, {}, at_odds={"nobody": 404}),
    "post migration-approve": Row(JUDGES, 200, at_odds={"nobody": 404}),
    "post migration-reject": Row(JUDGES, 200, {"note": "no"}, at_odds={"nobody": 404}),
    "post migration-withdraw": Row(OPERATORS, 200, {}, at_odds={"nobody": 404}),
    "post migration-comment": Row(ROLES, 200, {"note": "hm"}, otherwise=404),
    "get freezes": Row(ROLES, 200),
    "post freezes": Row(ADMINISTRATORS, 201, FREEZE),
    "get freeze": Row(ROLES, 200),
    "patch freeze": Row(ADMINISTRATORS, 200, {"reason": "Holidays"}),
    "delete freeze": Row(ADMINISTRATORS, 204),
    "get migration-explain": seen(),
    "get migration-rollback-preview": seen(),
    "post migration-apply": Row(OPERATORS, 202),
    "post migration-rollback": Row(OPERATORS, 409),
    "get plugins": Row(ROLES, 200),
    "get plugin": Row(ROLES, 200),
    "post plugin-enable": Row(ADMINISTRATORS, 200),
    "post plugin-disable": Row(ADMINISTRATORS, 200),
    "post plugin-settings": Row(ADMINISTRATORS, 404, {}),
    "post plugin-action-run": Row(PLANNERS, 202, {"environment": "dev"}, at_odds={"nobody": 404}),
    "get health": signed_in(200),
    "get schedules": signed_in(200),
    "post schedules": Row(OPERATORS, 201, SCHEDULE),
    "get schedule": seen(),
    "patch schedule": Row(OPERATORS, 200, {"cron": "0 4 * * *"}),
    "delete schedule": Row(OPERATORS, 204),
    "get schedule-runs": seen(),
    "post schedule-pause": Row(OPERATORS, 200),
    "post schedule-resume": Row(OPERATORS, 200),
    "post schedule-run": Row(OPERATORS, 202),
    "post schedule-dismiss": Row(OPERATORS, 409),
    "post schedule-restore": Row(OPERATORS, 409),
    "post migration-dismiss": Row(OPERATORS, 409, at_odds={"nobody": 404}),
    "post migration-restore": Row(OPERATORS, 409, at_odds={"nobody": 404}),
    "get tasks": signed_in(200),
    "get task": seen(),
    "get task-lines": seen(),
    "get task-lines-count": seen(),
    "get task-lines-text": seen(),
    "get task-artifact": seen(),
    "post task-cancel": controlled(),
    "post task-retry": controlled(),
    "post task-dismiss": controlled(),
    "post task-restore": controlled(),
    "post task-answer": controlled({"answers": {}}),
    "get audit": Row(ADMINISTRATORS, 200),
    "get audit-export": Row(ADMINISTRATORS, 200),
    "get users": Row(ADMINISTRATORS, 200),
    "post users": Row(ADMINISTRATORS, 201, {"username": "linus", "password": "correct-horse-battery"}),
    "get user": Row(ADMINISTRATORS, 200),
    "patch user": Row(ADMINISTRATORS, 200, {"is_active": False}),
    "put user-password": Row(ADMINISTRATORS, 204, {"new": "correct-horse-battery"}),
    "delete user-sessions": Row(ADMINISTRATORS, 204),
    "get grants": Row(ADMINISTRATORS, 200),
    "post grants": Row(ADMINISTRATORS, 201, {"user": "grace", "role": "operator", "where": "tier:dev"}),
    "delete grant": Row(ADMINISTRATORS, 204),
    "get roles": Row(ADMINISTRATORS, 200),
    "post roles": Row(
        ADMINISTRATORS, 201, {"slug": "auditor", "title": "Auditor", "permissions": [{"what": "audit.view"}]}
    ),
    "get role": Row(ADMINISTRATORS, 200),
    "patch role": Row(ADMINISTRATORS, 200, {"description": "Looks."}),
    "delete role": Row(ADMINISTRATORS, 204),
    "get permissions": Row(ADMINISTRATORS, 200),
    "get group-mappings": Row(ADMINISTRATORS, 200),
    "post group-mappings": Row(ADMINISTRATORS, 201, {"group": "OPS", "role": "operator"}),
    "get group-mapping": Row(ADMINISTRATORS, 200),
    "patch group-mapping": Row(ADMINISTRATORS, 200, {"where": "dev"}),
    "delete group-mapping": Row(ADMINISTRATORS, 204),
}


SOCKETS = {
    "ws/tasks/<int:task>/": Row(ROLES, 1000, otherwise=4004, at_odds={"anonymous": 4001}),
    "ws/activity/": Row(SIGNED_IN, 4000, at_odds={"anonymous": 4001}),  # open, until they say something
}
"""Address → the code with which the socket of each person is closed when they ask for a task that has ended."""


@pytest.fixture
def people(world, author):
    """Person → account."""
    accounts: dict[str, Any] = {"anonymous": None, "superuser": author}
    for name in PEOPLE[1:-1]:
        accounts[name] = User.objects.create_user(name, password="only-for-tests", is_staff=name == "nobody")
        if name != "nobody":
            grant_role(actor=author, user=accounts[name], role=get_role(name))
    return accounts


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
    elif route.startswith(REVIEWED) or route == "migration-change-raw":
        arguments = [getattr(world, "planning" if route.startswith(REVIEWED) else "migration").pk]
        arguments += [BIRTHS.uuid] if route.endswith("-raw") else []
    elif route.startswith("plugin-") or route == "plugin":
        arguments = ["catalogue", "sync"] if route == "plugin-action-run" else ["catalogue"]
    elif route in {
        *("mapping", "pairing", "migration", "task", "token", "schedule", "user", "grant", "group-mapping", "freeze")
    }:
        arguments = [getattr(world, route.replace("-", "_")).pk]
    elif route.startswith(("migration-", "task-", "schedule-", "user-")):
        arguments = [getattr(world, route.split("-", 1)[0]).pk]
    elif route in {"problem", "role"}:
        arguments = ["conflict" if route == "problem" else world.role.slug]
    elif route == "asset":
        arguments = ["dev", "chart", OTHER_SOURCE_UUID]
    elif route in {"assets", "catalogue", "environment", "matrix"} or route.startswith(("environment-", "catalogue-")):
        arguments = ["dev"]
    return reverse(f"api:{route}", args=[] if route == "migration-plan" else arguments)


def test_every_route_is_in_the_table():
    assert {f"{method} {name}" for name, view in routes().items() for method in methods_of(view)} == set(TABLE)


@pytest.mark.parametrize("called", TABLE)
def test_each_person_gets_the_answer_that_the_table_says(called, world, people):
    method, route = called.split()
    row = TABLE[called]
    sent = row.sent
    if route in {"migration-apply", "migration-approve"}:
        sent = {"checksum": world.checksum}
    if route in {"migration-approve", "migration-reject"}:
        submit(actor=world.author, migration=world.migration)
    url, answered = address(world, route), {}
    for person, user in people.items():
        with transaction.atomic():  # each finds the world as it was
            answer = getattr(api_of(user), method)(url, sent)
            answer.getvalue()  # a file is read to its end, and closed
            answered[person] = answer.status_code
            transaction.set_rollback(True)
    assert answered == {person: row.of(person) for person in people}


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


def test_every_socket_is_in_the_table():
    *addresses, otherwise = (str(route.pattern) for route in import_string("project.routing.ROUTES"))
    assert (set(addresses), otherwise) == (set(SOCKETS), "")


@pytest.mark.parametrize("path", SOCKETS)
def test_each_person_gets_the_socket_that_the_table_says(path, transactional_db, world, people):
    row, answered = SOCKETS[path], {}
    address = path.replace("<int:task>", str(world.task.pk))
    with closing(Site()) as site:
        for person, user in people.items():
            browser = site.browser(address, session_of(user)) if user else site.browser(address)
            answered[person] = (browser.say(after=0) if user else browser).closed[0]
    assert answered == {person: row.of(person) for person in people}
