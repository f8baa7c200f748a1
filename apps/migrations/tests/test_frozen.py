"""Applying in a freeze: refused when it is started and once more before the first write, unless it is overridden."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import Refused
from apps.freezes.policies import Frozen
from apps.freezes.services import add_freeze
from apps.migrations.models import Run
from apps.migrations.policies.actions import allowed_actions
from apps.migrations.services.execution import apply_migration, explain_apply
from apps.migrations.services.queueing import queue_apply
from apps.migrations.tests.people import make_person
from apps.superset.protocol import Silent
from apps.tasks.models import Task
from conftest import api_of


@pytest.fixture
def freeze(author):
    return lambda: add_freeze(
        actor=author, reason="Quarter end", starts=timezone.now(), ends=timezone.now() + timedelta(hours=1)
    )


@pytest.fixture
def operator(author):
    return make_person(author, "operator", "operator")


class Telling(Silent):
    """Remembers what it is told, and does something at the first stage."""

    def __init__(self, at_preflight=lambda: None):
        self.told, self._at_preflight = [], at_preflight

    def log(self, text, *, level="info", **_):
        self.told.append((level, text))
        if text.startswith("Preflight"):
            self._at_preflight()


def test_a_run_writes_nothing_once_the_permission_is_revoked(stage, operator):
    before, migration = stage.state_of_prod(), stage.plan()
    reporter = Telling(at_preflight=lambda: operator.grants.all().delete())
    with pytest.raises(Refused, match=r"migrations\.apply"):
        apply_migration(actor=operator, migration=migration, reporter=reporter)
    assert stage.state_of_prod() == before
    assert not Run.objects.get().writes.exists()


def test_a_freeze_refuses_the_start_of_an_apply_but_not_planning(stage, freeze, operator):
    freeze()
    migration = stage.plan()
    with pytest.raises(Frozen, match="“prod” is frozen until .* UTC: Quarter end"):
        queue_apply(actor=operator, migration=migration, checksum=migration.plans.get().checksum)
    with pytest.raises(Frozen):
        explain_apply(migration=migration)
    with pytest.raises(Frozen):
        stage.apply(migration)
    assert not Task.objects.exists()
    assert not Run.objects.exists()


def test_a_freeze_that_begins_meanwhile_is_found_before_the_first_write(stage, freeze):
    migration = stage.plan()
    with pytest.raises(Frozen):
        apply_migration(actor=stage.author, migration=migration, reporter=Telling(freeze))
    run = migration.runs.get()
    assert (run.state, run.error["kind"], run.written, stage.prod.writes) == ("failed", "frozen", [], [])


def test_a_freeze_that_begins_after_the_snapshot_stops_the_apply(stage, freeze):
    migration = stage.plan()

    class Late(Telling):
        def log(self, text, **more):
            if text.startswith("Import"):
                freeze()

    with pytest.raises(Frozen):
        apply_migration(actor=stage.author, migration=migration, reporter=Late())
    assert (migration.runs.get().written, stage.prod.writes) == ([], [])


def test_a_freeze_is_overridden_with_permission_and_an_audited_reason(stage, freeze):
    window, migration, reporter = freeze(), stage.plan(), Telling()
    apply_migration(actor=stage.author, migration=migration, reporter=reporter, override="Sales are wrong")
    entry = AuditEntry.objects.get(action="migration.override")
    assert (entry.actor, entry.after["reason"], entry.after["freeze"]) == (stage.author, "Sales are wrong", str(window))
    (warning,) = [text for level, text in reporter.told if level == "warning"]
    assert warning.endswith("overridden by author: Sales are wrong")


def test_a_freeze_is_not_overridden_without_the_permission(stage, freeze, operator):
    freeze()
    migration = stage.plan()
    checksum = migration.plans.get().checksum
    with pytest.raises(Refused, match="have the permission migrations.override"):
        queue_apply(actor=operator, migration=migration, checksum=checksum, override="I want to")
    with pytest.raises(Refused, match="have the permission migrations.override"):
        apply_migration(actor=operator, migration=migration, reporter=Silent(), override="I want to")
    with pytest.raises(Frozen):
        queue_apply(actor=stage.author, migration=migration, checksum=checksum, override="  ")
    assert stage.prod.writes == []


def test_a_reason_that_was_not_needed_leaves_no_trace(stage):
    apply_migration(actor=stage.author, migration=stage.plan(), reporter=Silent(), override="In case")
    assert not AuditEntry.objects.filter(action="migration.override").exists()


def test_offered_actions_mention_the_freeze(stage, freeze, operator):
    migration = stage.plan()
    actions = allowed_actions(stage.author, migration)
    assert (actions["apply"].allowed, actions["override"].allowed) == (True, False)
    freeze()
    actions = allowed_actions(stage.author, migration)
    assert (actions["apply"].allowed, actions["override"].allowed) == (False, True)
    assert "Quarter end" in actions["apply"].reason
    assert not allowed_actions(operator, migration)["override"].allowed


def test_the_api_says_423_with_the_window_and_takes_a_reason(api, stage, freeze, operator):
    window, migration = freeze(), stage.plan()
    address, sent = f"/api/v1/migrations/{migration.pk}/apply", {"checksum": migration.plans.get().checksum}
    answer = api.post(address, sent)
    assert (answer.status_code, answer.json()["code"], answer.json()["extra"]["freeze"]) == (423, "frozen", window.pk)
    assert api_of(operator).post(address, {**sent, "override": "please"}).status_code == 403
    assert api.post(address, {**sent, "override": "Sales are wrong"}).status_code == 202
    assert Task.objects.get().params["override"] == "Sales are wrong"


def test_the_command_takes_a_reason(transactional_db, stage, freeze, manage):
    freeze()
    migration = stage.plan()
    code, _, complaint = manage("migration", "apply", migration.pk, "--yes")
    assert (code, "is frozen until" in complaint) == (1, True)
    assert manage("migration", "apply", migration.pk, "--override", "Sales are wrong")[0] == 2
    code, said, _ = manage("migration", "apply", migration.pk, "--yes", "--override", "Sales are wrong")
    assert (code, "verified by reading back" in said) == (0, True)
