from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.core.exceptions import ValidationError

from apps.users.access import Access, Permission, validate_what, validate_where


@dataclass(frozen=True)
class Environment:
    slug: str
    tier: str


DEV, PROD, EU = Environment("dev", "dev"), Environment("prod", "prod"), Environment("prod-eu", "prod")


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("migrations.apply", {"migrations.apply"}),
        ("migrations.*", {"migrations.apply", "migrations.view"}),
        ("*.view", {"migrations.view", "tasks.view"}),
        ("*", {"migrations.apply", "migrations.view", "tasks.view"}),
        ("*.*", {"migrations.apply", "migrations.view", "tasks.view"}),
    ],
)
def test_a_permission_covers_what_its_pattern_says(pattern, covered):
    access = Access([Permission(pattern)])
    assert {what for what in ("migrations.apply", "migrations.view", "tasks.view") if access.may(what)} == covered


@pytest.mark.parametrize(
    ("places", "allowed"),
    [
        ((), {"dev", "prod", "prod-eu"}),
        (("*", "*"), {"dev", "prod", "prod-eu"}),
        (("tier:prod",), {"prod", "prod-eu"}),
        (("prod", "*"), {"prod"}),
        (("tier:prod", "prod-eu"), {"prod-eu"}),
        (("dev", "tier:prod"), set()),
        (("tier:dev", "tier:prod"), set()),
    ],
)
def test_a_permission_applies_where_the_role_and_its_grant_agree(places, allowed):
    access = Access([Permission("migrations.apply", places)])
    assert {place.slug for place in (DEV, PROD, EU) if access.may("migrations.apply", place)} == allowed
    assert access.may("migrations.apply") == (len(allowed) == 3)


def test_nothing_is_allowed_without_a_permission():
    nothing = Access()
    assert not nothing.may("tasks.view", DEV)
    assert not nothing.may_somewhere("tasks.view")
    assert nothing.condition("tasks.view", "environment__") is None


def test_what_is_allowed_somewhere_is_not_allowed_everywhere():
    access = Access([Permission("tasks.view", ("dev",))])
    assert access.may_somewhere("tasks.view")
    assert not access.may("tasks.view")


def test_everything_contains_everything_and_a_part_not_the_whole():
    operator = Access([Permission("migrations.*", ("tier:dev",)), Permission("tasks.view")])
    assert Access([Permission("*")]).contains([Permission("*", ("*", "*"))])
    assert operator.contains([Permission("migrations.apply", ("tier:dev",)), Permission("tasks.view", ("prod",))])
    assert not operator.contains([Permission("migrations.apply")])
    assert not operator.contains([Permission("migrations.apply", ("tier:prod",))])
    assert not operator.contains([Permission("*", ("tier:dev",))])
    assert not operator.contains([Permission("*.view")])


@pytest.mark.parametrize("wrong", ["", "apply", "a.b.c", "Migrations.apply", "migrations.", "**", "migrations.ap*"])
def test_what_is_no_permission_is_refused(wrong):
    with pytest.raises(ValidationError, match="is not a permission. Expected area.verb"):
        validate_what(wrong)


@pytest.mark.parametrize("wrong", ["", "tier:", "tier:PROD", "a b", "*dev"])
def test_what_names_no_environment_is_refused(wrong):
    with pytest.raises(ValidationError, match="does not name an environment. Expected"):
        validate_where(wrong)
