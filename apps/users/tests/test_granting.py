from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.core.errors import NothingToDo, NotThere, Refused
from apps.users.models import Grant, Role, User
from apps.users.policies import is_administrator, require
from apps.users.services.grants import get_role, grant_role, revoke_role, sync_group_grants


@pytest.fixture
def analyst(db):
    return get_role("analyst")


def test_a_role_gives_what_it_says_and_takes_it_away_again(author, viewer, analyst):
    given = grant_role(actor=author, user=viewer, role=analyst)
    require(viewer, "migrations.plan")
    revoke_role(actor=author, grant=given)
    with pytest.raises(Refused, match="does not have the permission migrations.plan"):
        require(viewer, "migrations.plan")
    told = [(entry.action, entry.object_name) for entry in AuditEntry.objects.order_by("pk")]
    assert told == [("user.grant", "viewer"), ("user.revoke", "viewer")]


def test_the_shipped_roles_are_there_and_only_one_may_do_all(author, viewer, db):
    for role in Role.objects.all():
        Grant.objects.filter(user=viewer).delete()
        grant_role(actor=author, user=viewer, role=role)
        assert is_administrator(viewer) == (role.slug == "administrator"), role


def test_nobody_has_anything_while_the_account_is_inactive(author, viewer):
    grant_role(actor=author, user=viewer, role=get_role("administrator"))
    viewer.is_active = False
    viewer.save()
    assert not is_administrator(User.objects.get(pk=viewer.pk))


def test_the_same_role_is_granted_once(author, viewer, analyst):
    grant_role(actor=author, user=viewer, role=analyst, where="dev")
    with pytest.raises(NothingToDo, match="already has the role “Analyst on dev”"):
        grant_role(actor=author, user=viewer, role=analyst, where="dev")
    grant_role(actor=author, user=viewer, role=analyst, where="tier:test")


def test_nobody_grants_more_than_they_may_do(author, viewer, staff, analyst):
    keeper = Role.objects.create(slug="keeper", title="Keeper")
    for what in ("users.edit", "*.view", "migrations.plan", "migrations.submit", "catalogue.*"):
        keeper.permissions.create(what=what)
    grant_role(actor=author, user=staff, role=keeper)
    grant_role(actor=staff, user=viewer, role=analyst)
    for slug in ("administrator", "operator", "approver"):
        with pytest.raises(Refused, match="has permissions that you do not have"):
            grant_role(actor=staff, user=staff, role=get_role(slug))
    with pytest.raises(Refused, match="users.edit"):
        grant_role(actor=viewer, user=staff, role=analyst)


def test_the_directory_gives_and_takes_only_its_own(author, viewer, analyst):
    by_hand = grant_role(actor=author, user=viewer, role=get_role("viewer"))
    sync_group_grants(user=viewer, wanted=[(analyst, "dev", "BI-DEV"), (get_role("approver"), "*", "BI-OWNERS")])
    sync_group_grants(user=viewer, wanted=[(analyst, "dev", "BI-DEV")])
    assert {(grant.role.slug, grant.group) for grant in viewer.grants.all()} == {("viewer", ""), ("analyst", "BI-DEV")}
    with pytest.raises(Refused, match="comes from the group “BI-DEV”"):
        revoke_role(actor=author, grant=viewer.grants.get(group="BI-DEV"))
    sync_group_grants(user=viewer, wanted=[])
    assert list(viewer.grants.all()) == [by_hand]
    assert AuditEntry.objects.filter(source="sso").count() == 4


def test_an_unknown_role_is_reported_with_those_there_are(db):
    with pytest.raises(NotThere, match="There is no role “boss”. Known roles: administrator, analyst, approver"):
        get_role("boss")
