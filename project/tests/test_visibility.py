from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.environments.models import Environment
from apps.environments.tests.factories import make_environment
from apps.tasks.models import Task
from apps.users.services.grants import get_role, grant_role


@pytest.fixture
def environments(db):
    return [make_environment(name, tier=tier) for name, tier in (("dev", "dev"), ("prod", "prod"), ("eu", "prod"))]


def seen(user):
    return {environment.name for environment in Environment.objects.visible_to(user)}


@pytest.mark.parametrize(
    ("where", "names"),
    [("*", {"dev", "prod", "eu"}), ("tier:prod", {"prod", "eu"}), ("eu", {"eu"}), ("gone", set())],
)
def test_rows_are_seen_where_a_role_is_granted(where, names, environments, author, viewer):
    grant_role(actor=author, user=viewer, role=get_role("viewer"), where=where)
    assert seen(viewer) == names


def test_several_grants_add_up(environments, author, viewer):
    for where in ("dev", "eu"):
        grant_role(actor=author, user=viewer, role=get_role("viewer"), where=where)
    assert seen(viewer) == {"dev", "eu"}


def test_nobody_sees_anything_without_a_role(environments, viewer, author):
    assert (seen(viewer), seen(AnonymousUser()), len(seen(author))) == (set(), set(), 3)


def test_ones_own_tasks_are_seen_and_those_of_others_only_where_a_role_is_granted(environments, author, viewer):
    dev, prod, _ = environments
    mine = Task.objects.create(plugin="p", action="a", actor=viewer, environment=prod)
    in_dev, _ = (Task.objects.create(plugin="p", action="a", actor=author, environment=each) for each in (dev, prod))
    assert set(Task.objects.visible_to(viewer)) == {mine}
    grant_role(actor=author, user=viewer, role=get_role("viewer"), where="dev")
    assert set(Task.objects.visible_to(viewer)) == {mine, in_dev}
