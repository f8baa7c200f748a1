from __future__ import annotations

import pytest

from apps.migrations.plugin.actions import APPLY, PLAN, ROLLBACK
from apps.migrations.plugin.params import ApplyParams
from apps.migrations.plugin.stages import LABELS, next_steps
from apps.migrations.tests.factories import Failing
from apps.superset.execution.stages import NAMES
from apps.users.services.grants import get_role, grant_role

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_stage_of_the_engine_is_declared_and_has_a_label():
    assert set(LABELS) == set(NAMES)
    assert [stage.name for stage in APPLY.stages] == [stage.name for stage in ROLLBACK.stages] == list(NAMES)
    assert [stage.name for stage in PLAN.stages] == ["read", "keep"]


def test_a_run_that_wrote_and_failed_offers_the_undo(stage, api, run):
    migration = stage.plan()
    stage.prod.__class__ = Failing
    task = run("apply", migration=migration.pk)
    told = api.get(f"/api/v1/tasks/{task.pk}").json()
    assert told["state"] == "failed"
    assert told["error"]["line"]
    offered = [(step["action"], step["migration"]) for step in told["error"]["next_steps"] if step["action"]]
    assert ("rollback", migration.pk) in offered
    states = {each["name"]: each["state"] for each in told["stages"]}
    assert (states["preflight"], states["finish"], "failed" in states.values()) == ("done", "skipped", True)


def test_a_run_that_succeeded_has_done_or_not_needed_each_stage(stage, api, run):
    task = run("apply", migration=stage.plan().pk)
    states = {each["name"]: each["state"] for each in api.get(f"/api/v1/tasks/{task.pk}").json()["stages"]}
    assert states["verify"] == states["finish"] == "done"
    assert states["settle"] == "skipped"


def test_what_wrote_nothing_may_be_planned_again(stage, author):
    steps = next_steps(author, ApplyParams(migration=stage.plan().pk), {})
    assert [step.action for step in steps] == ["replan"]


def test_somebody_who_may_not_is_offered_nothing(stage, viewer):
    migration = stage.plan()
    grant_role(actor=stage.author, user=viewer, role=get_role("viewer"))
    assert next_steps(viewer, ApplyParams(migration=migration.pk), {}) == []
