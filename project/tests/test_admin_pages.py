"""Every page of the admin, opened by each kind of person: lists, rows, forms, histories. None may be missing here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages
from apps.plugins.installation import refresh_records
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role

PEOPLE = ("stranger", "nobody", "viewer", "analyst", "operator", "approver", "administrator", "superuser")
"""Who has every right but is no staff; staff without a role, with one each; the superuser."""

STAFF = PEOPLE[1:]
ROLES = PEOPLE[2:]
OPERATORS = ("operator", "administrator", "superuser")
ADMINISTRATORS = ("administrator", "superuser")


@dataclass(frozen=True)
class Page:
    """Who opens the list, who a row that somebody else made, who its form to add one; the queries of a list, beside
    those of the session."""

    lists: tuple[str, ...]
    queries: int
    rows: tuple[str, ...]
    adds: tuple[str, ...] = ()


PAGES = {
    "audit.auditentry": Page(ADMINISTRATORS, 5, ADMINISTRATORS),
    "catalogue.assetpairing": Page(ROLES, 5, ROLES),
    "catalogue.catalogueasset": Page(ROLES, 4, ROLES),
    "catalogue.databasemapping": Page(ROLES, 5, ROLES),
    "environments.environment": Page(ROLES, 3, ROLES, ADMINISTRATORS),
    "freezes.freezewindow": Page(ROLES, 3, ROLES, ADMINISTRATORS),
    "migrations.migration": Page(STAFF, 5, ROLES),
    "plugins.pluginrecord": Page(ROLES, 4, ROLES),
    "schedules.schedule": Page(STAFF, 5, ROLES),
    "tasks.task": Page(STAFF, 5, ROLES),
    "users.apitoken": Page(STAFF, 3, ADMINISTRATORS, STAFF),
    "users.grant": Page(ADMINISTRATORS, 4, ADMINISTRATORS, ADMINISTRATORS),
    "users.groupmapping": Page(ADMINISTRATORS, 4, ADMINISTRATORS, ADMINISTRATORS),
    "users.role": Page(ADMINISTRATORS, 3, ADMINISTRATORS, ADMINISTRATORS),
    "users.user": Page(ADMINISTRATORS, 4, ADMINISTRATORS, ADMINISTRATORS),
}
SIGNED_IN = 2

OTHERS = {
    "": STAFF,
    "my-sign-in/": STAFF,
    "doctor/": ADMINISTRATORS,
    "password_change/": STAFF,
    "migrations/migration/plan/": STAFF,
    "catalogue/databasemapping/suggest/": ROLES,
    "schedules/schedule/new/": OPERATORS,
    "schedules/schedule/new/?what=catalogue.sync": OPERATORS,
    "migrations/migration/plan/?source=dev&target=prod": STAFF,
}
"""Pages that are neither; that of a plan offers the environments that are seen."""


@pytest.fixture
def people(world, author) -> dict[str, Pages]:
    accounts = {"superuser": author, "stranger": User.objects.create_user("stranger", is_superuser=True)}
    for name in STAFF[:-1]:
        accounts[name] = User.objects.create_user(name, is_staff=True)
        if name != "nobody":
            grant_role(actor=author, user=accounts[name], role=get_role(name))
    return {name: Pages(accounts[name]) for name in PEOPLE}


@pytest.fixture
def rows(world, author) -> dict[str, Any]:
    found = [world.dev, world.mapping, world.pairing, world.task, world.migration, world.token, world.user, world.role]
    found += [
        world.grant,
        world.group_mapping,
        world.schedule,
        world.freeze,
        world.dev.assets.first(),
        AuditEntry.objects.first(),
    ]
    found += refresh_records()[:1]
    return {row._meta.label_lower: row for row in found}


def opened_by(people: dict[str, Pages], path: str) -> dict[str, int]:
    return {name: pages.client.get(f"/admin/{path}").status_code for name, pages in people.items()}


def expected(who: tuple[str, ...], otherwise: int = 403) -> dict[str, int]:
    """Strangers are led to the sign-in."""
    return {name: 302 if name == "stranger" else 200 if name in who else otherwise for name in PEOPLE}


def test_every_page_is_in_the_table():
    assert {model._meta.label_lower for model in admin.site._registry} == set(PAGES)


@pytest.mark.parametrize("label", PAGES)
def test_lists_rows_and_forms_are_opened_by_those_who_may(label, people, rows):
    page, path, row = PAGES[label], label.replace(".", "/"), rows[label]
    assert opened_by(people, f"{path}/") == expected(page.lists)
    assert opened_by(people, f"{path}/add/") == expected(page.adds)
    told = expected(page.rows) | dict.fromkeys(set(page.lists) - set(page.rows), 302)  # there is none of theirs
    assert opened_by(people, f"{path}/{row.pk}/change/") == told


@pytest.mark.parametrize("label", PAGES)
def test_histories_are_for_those_who_may_read_the_audit(label, people, rows):
    path = label.replace(".", "/")
    for name, pages in people.items():
        answer = pages.client.get(f"/admin/{path}/{rows[label].pk}/history/", follow=True)
        if name == "stranger":
            assert "login" in answer.redirect_chain[0][0]
        else:
            assert answer.status_code == (200 if name in ADMINISTRATORS else 403), name


@pytest.mark.parametrize("label", PAGES)
def test_a_list_costs_what_is_written_here(label, people, rows, django_assert_num_queries):
    with django_assert_num_queries(SIGNED_IN + PAGES[label].queries):
        people["superuser"].see(f"{label.replace('.', '/')}/")


@pytest.mark.parametrize("path", OTHERS)
def test_other_pages_are_opened_by_those_who_may(path, people):
    assert opened_by(people, path) == expected(OTHERS[path])


def test_the_sidebar_offers_the_pages_that_open(people):
    for name in ROLES:
        page = people[name].see()
        for label, each in PAGES.items():
            assert (f'href="/admin/{label.replace(".", "/")}/"' in page) == (name in each.lists), (name, label)


def test_a_viewer_finds_no_forms(people, rows):
    page = people["viewer"].see(f"environments/environment/{rows['environments.environment'].pk}/change/")
    assert 'name="password"' not in page
    assert 'name="url"' not in page
    assert "have the permission environments.edit on" in page


def test_filters_offer_only_environments_that_one_sees(world, author):
    user = User.objects.create_user("somebody", is_staff=True)
    grant_role(actor=author, user=user, role=get_role("viewer"), where="prod")
    for path in ("tasks/task/", "migrations/migration/", "catalogue/catalogueasset/"):
        assert f"__id__exact={world.dev.pk}" not in Pages(user).see(path)


def test_the_front_page_shows_what_one_may_see(world, author):
    assert world.migration  # planning it was a contact with both
    error = {"kind": "unreachable", "sentence": "No answer."}
    type(world.dev).objects.update(last_error=error)
    user = User.objects.create_user("somebody", is_staff=True)
    grant_role(actor=author, user=user, role=get_role("viewer"), where="prod")
    page = Pages(user).see()
    assert "“prod” could not be used" in page
    assert "“dev” could not be used" not in page
    assert f"/admin/tasks/task/{world.task.pk}/change/" not in page
    named = f"Migration {world.migration.pk} to “prod”"
    assert named not in page
    grant_role(actor=author, user=user, role=get_role("viewer"), where="dev")
    assert named in Pages(User.objects.get(pk=user.pk)).see()


def test_ones_own_claims_are_shown_and_nobody_elses(people, author):
    from django.utils import timezone

    from apps.users.models import SsoIdentity

    claims = {"upn": "ann@corp.example", "group": ["BI-DEV"]}
    identity = {"issuer": "https://sso.example", "subject": "s-1", "last_sign_in": timezone.now(), "claims": claims}
    SsoIdentity.objects.create(user=User.objects.get(username="viewer"), **identity)
    assert "BI-DEV" in people["viewer"].see("my-sign-in/")
    for name in ("administrator", "superuser"):
        assert "BI-DEV" not in people[name].see("my-sign-in/")


def test_history_is_offered_to_who_may_read_it(people, rows):
    environment = rows["environments.environment"]
    for name, offered in (("viewer", False), ("administrator", True)):
        page = people[name].see(f"environments/environment/{environment.pk}/change/")
        assert ("/history/" in page) is offered
