"""Whoever switches a thing on may do what it does, and whoever it is done for may at that moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import LockstepError, NotThere, Refused
from apps.environments.models import Environment
from apps.freezes.services import add_freeze
from apps.migrations.tests.factories import PAIR
from apps.migrations.tests.people import make_person
from apps.plugins.installation import refresh_records
from apps.plugins.models import PluginRecord
from apps.schedules import clock
from apps.schedules.models import Schedule, ScheduledRunState
from apps.schedules.policies import allowed_actions
from apps.schedules.services import create_schedule, edit_schedule, run_now, set_enabled
from apps.tasks.models import Task, TaskState
from apps.tasks.policies import allowed_actions as allowed_with_task
from apps.tasks.questions import answer
from apps.tasks.services import retry, start_task
from apps.tasks.tests.factories import ended, run_all
from apps.users.models import Role, User
from conftest import api_of

pytestmark = pytest.mark.usefixtures("transactional_db")

MAY_NOT_OVERRIDE = r"have the permission migrations\.override"
PLAN = {"source": "dev", "target": "prod", "dashboards": ["births"]}


@pytest.fixture
def operator(author):
    return make_person(author, "operator", "operator")


@pytest.fixture
def overriding(stage, author):
    """An administrator's schedule that applies in a freeze; it is paused."""
    migration = stage.plan()
    add_freeze(actor=author, reason="Quarter end", starts=timezone.now(), ends=timezone.now() + timedelta(hours=1))
    params = {"migration": migration.pk, "override": "Sales are wrong"}
    return add(author, stage, params, enabled=False)


def add(actor, stage, params, action="apply", **facts):
    what = {"plugin": "migrations", "action": action, "params": params, "environment": stage.target}
    return create_schedule(actor=actor, name="tonight", cron="0 3 * * *", **what, **facts)


def tick(schedule):
    """Its slot is due."""
    Schedule.objects.filter(pk=schedule.pk).update(next_run=timezone.now() - timedelta(seconds=1))
    clock.start_due()
    return schedule.runs.first()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


class TestAnOverrideOfAnother:
    def test_a_schedule_with_an_override_is_not_resumed_without_the_permission(self, overriding, operator):
        with pytest.raises(Refused, match=MAY_NOT_OVERRIDE):
            set_enabled(actor=operator, schedule=overriding, enabled=True)
        assert not fresh(overriding).enabled
        assert "migrations.override" in allowed_actions(operator, overriding)["resume"].reason
        answer = api_of(operator).post(f"/api/v1/schedules/{overriding.pk}/resume")
        assert answer.status_code == 403
        assert not fresh(overriding).enabled

    def test_a_schedule_with_an_override_is_neither_edited_nor_run_without_the_permission(self, overriding, operator):
        with pytest.raises(ValidationError, match=MAY_NOT_OVERRIDE):
            edit_schedule(actor=operator, schedule=overriding, cron="* * * * *")
        with pytest.raises(Refused, match=MAY_NOT_OVERRIDE):
            run_now(actor=operator, schedule=overriding)
        assert not Task.objects.exists()

    def test_a_task_with_an_override_is_not_retried_without_the_permission(self, stage, overriding, operator):
        failed = Task.objects.create(
            plugin="migrations", action="apply", params=overriding.params, environment=stage.target,
            environment_name="prod", actor=stage.author, state=TaskState.FAILED,
        )  # fmt: skip
        with pytest.raises(Refused, match=MAY_NOT_OVERRIDE):
            retry(actor=operator, task=failed)

    def test_a_schedule_with_an_override_is_paused_by_who_may_edit_schedules(self, overriding, operator, author):
        set_enabled(actor=author, schedule=overriding, enabled=True)
        assert set_enabled(actor=operator, schedule=overriding, enabled=False)
        assert fresh(overriding).actor == author

    def test_a_schedule_with_an_override_runs_on_behalf_of_who_resumed_it(self, stage, overriding, author):
        other = make_person(author, "other", "administrator")
        set_enabled(actor=other, schedule=overriding, enabled=True)
        assert AuditEntry.objects.get(action="schedule.resume").after == {"enabled": True, "on_behalf_of": "other"}
        assert tick(overriding).state == ScheduledRunState.STARTED
        run_all()
        assert (Task.objects.get().actor, Task.objects.get().state) == (other, TaskState.SUCCEEDED)
        assert AuditEntry.objects.get(action="migration.override").actor == other


def deactivate(author, stage):
    User.objects.filter(pk=author.pk).update(is_active=False)


def lose_the_override(author, stage):
    role = Role.objects.create(slug="less", title="Less")
    for what in ("*.view", "migrations.apply", "schedules.*"):
        role.permissions.create(what=what)
    author.grants.update(role=role)


def lose_the_role(author, stage):
    author.grants.all().delete()


def disable_the_plugin(author, stage):
    refresh_records()
    PluginRecord.objects.filter(slug="migrations").update(enabled=False)


def disable_the_target(author, stage):
    Environment.objects.filter(pk=stage.target.pk).update(enabled=False)


MEANWHILE = {
    "the owner was deactivated": (deactivate, "“owner” is inactive"),
    "the owner lost the override": (lose_the_override, "have the permission migrations.override"),
    "the owner lost the role": (lose_the_role, "have the permission migrations.apply"),
    "the plugin was disabled": (disable_the_plugin, "is not enabled"),
    "the target was disabled": (disable_the_target, "is disabled"),
}


@pytest.mark.parametrize("what", MEANWHILE)
class TestMeanwhile:
    @pytest.fixture
    def schedule(self, stage, author, overriding):
        owner = make_person(author, "owner", "administrator")
        set_enabled(actor=owner, schedule=overriding, enabled=True)
        return fresh(overriding)

    def test_a_slot_whose_permission_was_revoked_is_refused_with_the_reason(self, what, stage, schedule):
        change, reason = MEANWHILE[what]
        change(schedule.actor, stage)
        run = tick(schedule)
        assert (run.state, run.task) == (ScheduledRunState.REFUSED, None)
        assert reason in run.reason
        assert not Task.objects.exists()

    def test_a_queued_task_whose_permission_was_revoked_writes_nothing(self, what, stage, schedule):
        run = tick(schedule)
        assert run.state == ScheduledRunState.STARTED
        MEANWHILE[what][0](schedule.actor, stage)
        task = ended(run.task)
        assert (task.state, stage.prod.writes) == (TaskState.FAILED, [])

    def test_a_schedule_that_could_not_run_is_not_resumed(self, what, stage, schedule, operator):
        """The owner's end does not matter to who resumes it, and then answers for it."""
        set_enabled(actor=stage.author, schedule=schedule, enabled=False)
        change, _ = MEANWHILE[what]
        change(fresh(schedule).actor, stage)
        if what.startswith("the owner"):
            assert set_enabled(actor=stage.author, schedule=fresh(schedule), enabled=True)
            assert fresh(schedule).actor == stage.author
        else:
            with pytest.raises(LockstepError):
                set_enabled(actor=stage.author, schedule=fresh(schedule), enabled=True)


class TestAQuestion:
    @pytest.fixture
    def waiting(self, stage):
        task = start_task(actor=stage.author, plugin="migrations", action="plan", params=PLAN, environment=stage.target)
        run_all()
        task.refresh_from_db()
        assert task.state == TaskState.AWAITING_INPUT
        return task

    @pytest.fixture
    def controller(self, author):
        """May control tasks of others, and plan nothing."""
        person = make_person(author, "controller", "viewer")
        role = Role.objects.create(slug="controls", title="Controls")
        role.permissions.create(what="tasks.control")
        person.grants.create(role=role)
        return User.objects.get(pk=person.pk)

    def test_a_question_is_not_answered_by_who_may_not_run_the_action(self, waiting, controller):
        with pytest.raises(Refused, match=r"have the permission migrations\.plan"):
            answer(actor=controller, task=waiting, answers={"examples": "warehouse"})
        assert not allowed_with_task(controller, waiting)["answer"].allowed
        waiting.refresh_from_db()
        assert waiting.state == TaskState.AWAITING_INPUT

    @pytest.mark.parametrize("end", [deactivate, lose_the_role])
    def test_an_answer_of_somebody_who_lost_the_permission_is_not_used(self, end, stage, waiting, operator):
        answer(actor=operator, task=waiting, answers={"examples": "warehouse"})
        end(operator, stage)
        task = ended(waiting)
        assert task.state == TaskState.FAILED
        assert "operator" in task.error["sentence"]

    def test_a_question_is_answered_by_who_may_run_the_action(self, waiting, operator):
        answer(actor=operator, task=waiting, answers={"examples": "warehouse"})
        assert ended(waiting).state == TaskState.SUCCEEDED


def test_a_schedule_of_who_sees_the_source_no_more_plans_nothing(stage, author):
    planner = make_person(author, "planner", "operator")
    schedule = add(planner, stage, {**PLAN, "databases": [PAIR]}, action="plan")
    planner.grants.update(where="prod")
    run = tick(schedule)
    assert (run.state, "There is no environment “dev”" in run.reason) == (ScheduledRunState.REFUSED, True)
    with pytest.raises(NotThere):
        run_now(actor=fresh(planner), schedule=schedule)
