"""Several sign-ins of one person at the very same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.users.models import Grant, GroupMapping, SsoIdentity, User
from apps.users.services.grants import get_role
from apps.users.sso import accounts
from apps.users.sso.provider import SsoRefused

ISSUER = "https://sso.example.com"


@pytest.fixture
def alice(transactional_db):
    user = User.objects.create_user("alice")
    SsoIdentity.objects.create(user=user, issuer=ISSUER, subject="alice-1", last_sign_in=timezone.now())
    for group, role in (("DEV", "analyst"), ("OPS", "operator")):
        GroupMapping.objects.create(group=group, role=get_role(role))
    return user


@pytest.fixture
def at_once(monkeypatch):
    """Signs in with each of these claims; each has read the account before the first changes it."""

    def sign_in(*people: dict[str, Any]) -> list[Any]:
        meet, read = threading.Barrier(len(people)), accounts.groups_of

        def met(claims):
            with suppress(threading.BrokenBarrierError):
                meet.wait(timeout=2)
            return read(claims)

        monkeypatch.setattr(accounts, "groups_of", met)
        with ThreadPoolExecutor(len(people)) as pool:
            return list(pool.map(closing(lambda claims: accounts.account_of(issuer=ISSUER, claims=claims)), people))

    return sign_in


def closing(work: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def closed(claims: dict[str, Any]) -> Any:
        try:
            return work(claims)
        except SsoRefused as refused:
            return refused
        finally:
            connection.close()

    return closed


def claims_of(*groups, **others):
    return {"sub": "alice-1", "upn": "alice", "group": list(groups), **others}


def test_a_person_who_signs_in_twice_at_once_has_each_grant_once(alice, at_once):
    assert at_once(*[claims_of("DEV", "OPS")] * 4) == [alice] * 4
    assert sorted(alice.grants.values_list("role__slug", flat=True)) == ["analyst", "operator"]
    assert AuditEntry.objects.filter(action="user.grant").count() == 2
    assert AuditEntry.objects.filter(action="session.sign_in").count() == 4


def test_a_new_person_who_signs_in_twice_at_once_has_one_account(alice, at_once):
    bob = claims_of("DEV") | {"sub": "bob-1", "upn": "bob", "email": "bob@corp.test"}
    first, second = at_once(bob, bob)
    assert first == second
    assert User.objects.get(username="bob").grants.count() == 1
    assert AuditEntry.objects.filter(action="user.follow_directory").count() == 1


def test_what_one_leaves_while_another_signs_in_is_held_by_the_last_of_the_two(alice, at_once):
    at_once(claims_of("DEV"), claims_of())
    last = AuditEntry.objects.filter(source="sso", action__startswith="session.").order_by("-pk").first()
    assert last is not None
    assert Grant.objects.filter(user=alice).exists() == (last.action == "session.sign_in")


def test_an_account_that_is_made_inactive_meanwhile_stays_out(alice, monkeypatch):
    read = accounts.groups_of

    def meanwhile(claims):
        User.objects.filter(pk=alice.pk).update(is_active=False)
        return read(claims)

    monkeypatch.setattr(accounts, "groups_of", meanwhile)
    with pytest.raises(SsoRefused, match="is inactive"):
        accounts.account_of(issuer=ISSUER, claims=claims_of("DEV"))
    assert not alice.grants.exists()
