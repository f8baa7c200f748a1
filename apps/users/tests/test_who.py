from __future__ import annotations

from dataclasses import dataclass

import pytest

from apps.core.errors import Conflict
from apps.users.models import Grant, Role, RolePermission, User
from apps.users.policies import require
from apps.users.who import WhoCan, with_who

pytestmark = pytest.mark.django_db

APPLY, VIEW = "migrations.apply", "catalogue.view"


@dataclass(frozen=True)
class Environment:
    slug: str
    tier: str

    def __str__(self) -> str:
        return self.slug


DEV, PROD = Environment("dev", "dev"), Environment("prod", "prod")


def person(name, *permissions, where="*", **fields):
    """With a role of these permissions, each `what` or (what, where)."""
    user = User.objects.create_user(name, password="only-for-tests", **fields)
    role = Role.objects.create(slug=f"role-{name}", title=name)
    for each in permissions:
        what, place = (each, "*") if isinstance(each, str) else each
        RolePermission.objects.create(role=role, what=what, where=place)
    Grant.objects.create(user=user, role=role, where=where)
    return user


@pytest.mark.parametrize("what", [APPLY, "migrations.*", "*.apply"])
def test_whoever_holds_it_by_any_pattern_is_named(what):
    person("ben", what)
    person("eve", VIEW)
    assert WhoCan(APPLY).names((APPLY, PROD)) == ("ben",)


def test_only_where_it_is_held():
    person("ben", (APPLY, "prod"))
    person("eve", APPLY, where="dev")
    person("kim", (APPLY, "tier:prod"), where="prod")
    person("max", (APPLY, "dev"), where="prod")
    who = WhoCan(APPLY)
    assert (who.names((APPLY, DEV)), who.names((APPLY, PROD))) == (("eve",), ("ben", "kim"))
    assert who.names((APPLY, None)) == ()


def test_all_that_is_needed():
    person("ben", APPLY, (VIEW, "dev"))
    person("eve", APPLY)
    assert WhoCan(APPLY, VIEW).names((APPLY, PROD), (VIEW, DEV)) == ("ben",)


def test_administrators_only_where_nobody_else_may():
    User.objects.create_superuser("ada", password="only-for-tests")
    person("amy", "*")
    assert WhoCan(APPLY).names((APPLY, PROD)) == ("ada", "amy")
    ben = person("ben", APPLY)
    assert WhoCan(APPLY).names((APPLY, PROD)) == ("ben",)
    assert WhoCan(APPLY).names((APPLY, PROD), without={ben.pk}) == ("ada", "amy")


def test_no_account_that_is_inactive():
    person("ben", APPLY, is_active=False)
    User.objects.create_superuser("ada", password="only-for-tests", is_active=False)
    assert WhoCan(APPLY).names((APPLY, PROD)) == ()


def test_five_in_the_order_of_their_names_without_some_and_only_some():
    people = {name: person(name, APPLY).pk for name in reversed("abcdefg")}
    who = WhoCan(APPLY)
    assert who.names((APPLY, PROD)) == tuple("abcde")
    assert who.names((APPLY, PROD), without={people["b"], None}) == tuple("acdef")
    assert who.names((APPLY, PROD), only={people["g"], None}) == ("g",)


def test_one_query_for_all_names_and_none_before(django_assert_num_queries):
    for name in "abc":
        person(name, APPLY, VIEW)
    with django_assert_num_queries(0):
        who = WhoCan(APPLY, VIEW)
    with django_assert_num_queries(1):
        for place in (DEV, PROD):
            assert who.names((APPLY, place), (VIEW, place)) == tuple("abc")


def test_the_guard_of_an_action_decides_who_passes():
    User.objects.create_superuser("ada", password="only-for-tests")
    ben, eve = person("ben", APPLY), person("eve", APPLY)
    who = WhoCan(APPLY, VIEW)

    def guard(user):
        require(user, APPLY, PROD)
        if user.pk == ben.pk:
            raise Conflict("It is theirs.")

    assert who.passing(guard) == who.passing(guard, (APPLY, PROD)) == ("eve",)
    assert who.passing(guard, (VIEW, PROD)) == ("ada",)
    assert who.passing(conflict) == ()
    assert who.access_of(eve.pk).may(APPLY, PROD)
    assert not who.access_of(0).may(APPLY, PROD)


def test_a_permission_that_was_not_read_is_a_mistake():
    with pytest.raises(ValueError, match=VIEW):
        WhoCan(APPLY).names((VIEW, DEV))


def conflict(user):
    require(user, APPLY, PROD)
    raise Conflict("Somebody writes there.")


def test_a_verdict_names_them_only_where_another_person_could():
    user, ben = person("eve", VIEW), person("ben", APPLY)
    guards = {
        "apply": lambda each: require(each, APPLY, PROD),
        "look": lambda each: require(each, VIEW, PROD),
        "busy": conflict,
    }
    who = WhoCan(APPLY, VIEW)
    found = with_who(user, guards, lambda action: who.names((APPLY, PROD)))
    assert {action: (each.allowed, each.who) for action, each in found.items()} == {
        "apply": (False, ("ben",)),
        "look": (True, ()),
        "busy": (False, ()),
    }
    assert found["apply"].reason
    assert with_who(ben, {"apply": guards["apply"]}, pytest.fail)["apply"].allowed
