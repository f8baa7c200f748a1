from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from apps.audit.models import AuditEntry
from apps.core.errors import Refused
from apps.environments.tests.factories import make_environment
from apps.freezes.models import FreezeWindow
from apps.freezes.policies import Frozen, freeze_of, require_not_frozen
from apps.freezes.services import add_freeze, edit_freeze, remove_freeze
from apps.users.models import Role, RolePermission
from apps.users.services.grants import get_role, grant_role

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
CHRISTMAS = {"reason": "Christmas", "starts": NOW - timedelta(days=1), "ends": NOW + timedelta(days=1)}
WEEKLY = {"from_day": "fri", "from_time": time(18), "until_day": "mon", "until_time": time(0)}


@pytest.fixture
def dev(db):
    return make_environment("dev", tier="dev")


@pytest.fixture
def prod(db):
    return make_environment("prod", tier="prod")


@pytest.fixture
def keeper(author, viewer):
    """May edit freezes of the tier prod, and nothing else."""
    role = Role.objects.create(slug="keeper", title="Keeper")
    RolePermission.objects.create(role=role, what="freezes.edit")
    grant_role(actor=author, user=viewer, role=get_role("keeper"), where="tier:prod")
    return viewer


def test_a_window_applies_to_an_environment_a_tier_or_all(author, dev, prod):
    def frozen():
        return [each.slug for each in (dev, prod) if freeze_of(each, at=NOW)]

    for where, slugs in (({"environment": dev}, ["dev"]), ({"tier": "prod"}, ["prod"]), ({}, ["dev", "prod"])):
        window = add_freeze(actor=author, **CHRISTMAS, **where)
        assert frozen() == slugs
        remove_freeze(actor=author, window=window)
    assert frozen() == []


def test_a_refusal_says_why_and_when_the_window_ends_in_its_time_zone(author, prod):
    window = add_freeze(actor=author, **CHRISTMAS, time_zone="Europe/Berlin")
    with pytest.raises(Frozen, match="“prod” is frozen until 2026-12-25 13:00 Europe/Berlin: Christmas. ") as refused:
        require_not_frozen(prod, at=NOW)
    until = (NOW + timedelta(days=1)).isoformat()
    assert refused.value.context == {"freeze": window.pk, "reason": "Christmas", "until": until}
    require_not_frozen(prod, at=NOW + timedelta(days=1))


def test_the_window_that_ends_last_is_named(author, prod):
    add_freeze(actor=author, **CHRISTMAS)
    add_freeze(actor=author, **(CHRISTMAS | {"reason": "Year’s end", "ends": NOW + timedelta(days=9)}))
    assert freeze_of(prod, at=NOW).window.reason == "Year’s end"


def test_a_weekly_window_may_begin_and_end_at_midnight(author, prod):
    window = add_freeze(actor=author, reason="Weekend", **WEEKLY, time_zone="Europe/Berlin")
    assert window.when == "every Friday 18:00 to Monday 00:00 Europe/Berlin"
    assert freeze_of(prod, at=datetime(2026, 11, 29, tzinfo=UTC))


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"reason": "", **WEEKLY}, "reason"),
        ({"reason": "r", **WEEKLY, "time_zone": "Mars/Olympus"}, "time_zone"),
        ({"reason": "r"}, "__all__"),
        ({"reason": "r", "starts": NOW}, "__all__"),
        ({**CHRISTMAS, **WEEKLY}, "__all__"),
        ({"reason": "r", "from_day": "fri", "from_time": time(18)}, "__all__"),
        ({"reason": "r", "starts": NOW, "ends": NOW}, "ends"),
        ({**CHRISTMAS, "tier": "moon"}, "tier"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(facts, field, author):
    with pytest.raises(ValidationError) as refused:
        add_freeze(actor=author, **facts)
    assert field in refused.value.message_dict
    assert not FreezeWindow.objects.exists()


def test_an_environment_and_a_tier_are_refused(author, prod):
    with pytest.raises(ValidationError, match="not both"):
        add_freeze(actor=author, **CHRISTMAS, environment=prod, tier="prod")


def test_who_edits_the_windows_of_a_tier_edits_no_others(keeper, author, dev, prod):
    add_freeze(actor=keeper, **CHRISTMAS, environment=prod)
    window = add_freeze(actor=keeper, **CHRISTMAS, tier="prod")
    for where in ({"environment": dev}, {"tier": "dev"}, {}):
        with pytest.raises(Refused, match="have the permission freezes.edit"):
            add_freeze(actor=keeper, **CHRISTMAS, **where)
        with pytest.raises(Refused):
            edit_freeze(actor=keeper, window=window, **({"tier": ""} | where))
    of_all = add_freeze(actor=author, **CHRISTMAS)
    with pytest.raises(Refused):
        edit_freeze(actor=keeper, window=of_all, tier="prod")
    with pytest.raises(Refused):
        remove_freeze(actor=keeper, window=of_all)


def test_every_change_is_audited_with_what_it_was_before(author, prod):
    window = add_freeze(actor=author, **CHRISTMAS)
    edit_freeze(actor=author, window=window, reason="Holidays")
    edit_freeze(actor=author, window=window, reason="Holidays")
    remove_freeze(actor=author, window=window)
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [each.action for each in entries] == ["freeze.add", "freeze.edit", "freeze.remove"]
    assert (entries[1].before["reason"], entries[1].after["reason"]) == ("Christmas", "Holidays")


def test_windows_of_environments_that_one_may_not_see_are_not_seen(author, viewer, dev, prod):
    for where in ({"environment": dev}, {"environment": prod}, {"tier": "prod"}, {}):
        add_freeze(actor=author, **CHRISTMAS, **where)
    assert not FreezeWindow.objects.visible_to(viewer).exists()
    grant_role(actor=author, user=viewer, role=get_role("viewer"), where="dev")
    assert [each.where for each in FreezeWindow.objects.visible_to(viewer)] == [
        "dev",
        "all of tier prod",
        "all environments",
    ]


def test_a_window_is_removed_with_its_environment(author, dev):
    add_freeze(actor=author, **CHRISTMAS, environment=dev)
    dev.delete()
    assert not FreezeWindow.objects.exists()
