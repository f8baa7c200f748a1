"""What a worker would refuse is refused at the start, at every entry point; nothing queued holds a migration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.core.errors import Conflict, LockstepError, NothingToDo, Refused
from apps.core.tests.pages import Pages
from apps.environments.models import Environment
from apps.freezes.policies import Frozen
from apps.freezes.services import add_freeze
from apps.migrations.plugin import actions as plugin
from apps.migrations.policies.state import open_task_of
from apps.migrations.services.approval import approve, submit, withdraw
from apps.migrations.services.planning import get_migration
from apps.migrations.status import Status, status_of
from apps.migrations.tests.people import make_person
from apps.plugins.installation import get_plugin
from apps.schedules import clock
from apps.schedules.models import Schedule, ScheduledRunState
from apps.schedules.services import create_schedule, run_now
from apps.tasks.models import Task, TaskState
from apps.tasks.services import retry, start_task
from apps.tasks.tests.factories import run_all

pytestmark = pytest.mark.usefixtures("transactional_db")

RUN = "/api/v1/plugins/migrations/actions/{}/run"


@pytest.fixture
def stage(stage):
    stage.target.protected = True
    stage.target.save()
    return stage


@pytest.fixture
def approver(author):
    return make_person(author, "approver", "approver")


def checksum_of(migration):
    return migration.plans.last().checksum


class Doors:
    """All ways to have one action of the plugin done."""

    def __init__(self, stage, api, manage):
        self.stage, self.api, self.manage = stage, api, manage

    def by_api(self, action, **params):
        answer = self.api.post(RUN.format(action), {"environment": "prod", "params": params})
        assert answer.status_code in (403, 409, 422, 423), answer.content
        return answer.json()["detail"]

    def by_page(self, action, **params):
        fields = {f"params-{name}": value for name, value in params.items()}
        page = f"plugins/pluginrecord/{get_plugin('migrations').pk}/run/{action}/"
        return Pages(self.stage.author).send(page, environment="prod", **fields)

    def by_command(self, action, **params):
        code, _, said = self.manage("schedule", "run", self.scheduled(action, params).name)
        assert code == 1
        return said

    def by_retry(self, action, **params):
        task = Task.objects.create(
            plugin="migrations", action=action, params=params, environment=self.stage.target, environment_name="prod",
            actor=self.stage.author, state=TaskState.FAILED,
        )  # fmt: skip
        with pytest.raises(LockstepError) as refused:
            retry(actor=self.stage.author, task=task)
        task.delete()
        return str(refused.value)

    def by_hand(self, action, **params):
        schedule = self.scheduled(action, params)
        with pytest.raises(LockstepError) as refused:
            run_now(actor=self.stage.author, schedule=schedule)
        return str(refused.value)

    def by_clock(self, action, **params):
        schedule = self.scheduled(action, params)
        Schedule.objects.filter(pk=schedule.pk).update(next_run=timezone.now() - timedelta(seconds=1))
        clock.start_due()
        run = schedule.runs.get()
        assert (run.state, run.task) == (ScheduledRunState.REFUSED, None)
        return run.reason

    def scheduled(self, action, params):
        facts = {"plugin": "migrations", "action": action, "params": params, "environment": self.stage.target}
        return Schedule.objects.create(name=f"of {action}", actor=self.stage.author, cron="0 3 * * *", **facts)


DOORS = ("by_api", "by_page", "by_command", "by_retry", "by_hand", "by_clock")


@pytest.fixture(params=DOORS)
def told(request, stage, api, manage):
    """What an attempt is refused with at this entry point; nothing is queued, and nothing holds the migration."""

    def told(action, migration, **params):
        said = getattr(Doors(stage, api, manage), request.param)(action, migration=migration.pk, **params)
        assert not Task.objects.exists()
        assert open_task_of(migration) is None
        return " ".join(said.split())

    return told


class TestRefusedAtTheStart:
    def test_an_apply_that_was_not_submitted_is_not_started(self, told, stage):
        assert "is protected, so its changes need approval" in told("apply", stage.plan())

    def test_an_apply_that_waits_for_approval_is_not_started(self, told, stage):
        migration = stage.plan()
        submit(actor=stage.author, migration=migration)
        assert "Only an approved migration can be applied. It has 0 of 1 approval." in told("apply", migration)

    def test_an_apply_is_not_started_during_a_freeze(self, told, stage, author):
        stage.target.protected = False
        stage.target.save()
        migration = stage.plan()
        add_freeze(actor=author, reason="Quarter end", starts=timezone.now(), ends=timezone.now() + timedelta(hours=1))
        assert "“prod” is frozen until" in told("apply", migration)

    def test_an_apply_of_a_replaced_plan_is_not_started(self, told, stage, approver):
        migration = stage.plan()
        submit(actor=stage.author, migration=migration)
        approve(actor=approver, migration=migration, checksum=checksum_of(migration))
        assert "The checksum does not match the plan" in told("apply", migration, checksum="0" * 64)

    def test_an_apply_is_not_started_on_an_expired_approval(self, told, stage, approver, settings):
        migration = stage.plan()
        submit(actor=stage.author, migration=migration)
        approve(actor=approver, migration=migration, checksum=checksum_of(migration))
        settings.APPROVAL_LASTS = timedelta(0)
        said = told("apply", migration)
        assert "expired" in said

    def test_an_apply_of_a_withdrawn_migration_is_not_started(self, told, stage):
        migration = stage.plan()
        withdraw(actor=stage.author, migration=migration)
        assert "is withdrawn" in told("apply", migration)

    def test_a_rollback_of_what_was_never_written_is_not_started(self, told, stage):
        assert "has written nothing" in told("rollback", stage.plan())


def test_a_second_apply_finds_the_first(stage, author):
    stage.target.protected = False
    stage.target.save()
    migration = stage.plan()
    facts: dict[str, Any] = {"plugin": "migrations", "action": "apply", "params": {"migration": migration.pk}}
    first = start_task(actor=author, environment=stage.target, **facts)
    with pytest.raises(Conflict, match=f"Task {first.pk} is queued for migration"):
        start_task(actor=author, environment=stage.target, **facts)


def test_the_same_plan_is_made_once_at_a_time(stage, author):
    params = {"source": "dev", "target": "prod", "dashboards": ["births"]}
    facts = {"plugin": "migrations", "action": "plan", "params": params, "environment": stage.target}
    first = start_task(actor=author, **facts)
    with pytest.raises(Conflict, match=f"Task {first.pk} is queued and plans the same"):
        start_task(actor=author, **facts)


def test_a_disabled_source_is_reported_before_a_plan_is_queued(stage, author):
    Environment.objects.filter(pk=stage.source.pk).update(enabled=False)
    params = {"source": "dev", "target": "prod", "dashboards": ["births"]}
    with pytest.raises(LockstepError, match="“dev” is disabled"):
        start_task(actor=author, plugin="migrations", action="plan", params=params, environment=stage.target)


class TestASchedule:
    def add(self, stage, action="apply", **params):
        facts = {"plugin": "migrations", "action": action, "params": params, "environment": stage.target}
        return create_schedule(actor=stage.author, name="tonight", cron="0 3 * * *", **facts)

    def refused(self, stage, **params):
        with pytest.raises(ValidationError) as refused:
            self.add(stage, **params)
        assert not Schedule.objects.exists()
        return refused.value.message_dict

    def test_a_schedule_of_an_unapproved_migration_waits_for_the_approval(self, stage, approver):
        """The slot before the approval is refused, the one after it is run."""
        migration = stage.plan()
        submit(actor=stage.author, migration=migration)
        schedule = self.add(stage, migration=migration.pk)
        self.due(schedule)
        run = schedule.runs.get()
        assert (run.state, "Only an approved migration" in run.reason) == (ScheduledRunState.REFUSED, True)
        approve(actor=approver, migration=get_migration(migration.pk), checksum=checksum_of(migration))
        schedule.runs.all().delete()
        self.due(schedule)
        run_all()
        assert schedule.runs.get().state == ScheduledRunState.STARTED
        assert status_of(get_migration(migration.pk)) == Status.SUCCEEDED

    def due(self, schedule):
        Schedule.objects.filter(pk=schedule.pk).update(next_run=timezone.now() - timedelta(seconds=1))
        clock.start_due()

    def test_a_schedule_of_a_withdrawn_migration_is_not_added(self, stage):
        migration = stage.plan()
        withdraw(actor=stage.author, migration=migration)
        assert "can never be applied" in self.refused(stage, migration=migration.pk)["params"][0]

    def test_a_schedule_of_a_finished_migration_is_not_added(self, stage):
        stage.target.protected = False
        stage.target.save()
        migration = stage.plan()
        stage.apply(migration)
        assert "has already been applied" in self.refused(stage, migration=migration.pk)["params"][0]

    def test_a_schedule_for_another_environment_than_the_target_is_not_added(self, stage):
        migration = stage.plan()
        facts = {"plugin": "migrations", "action": "apply", "params": {"migration": migration.pk}}
        with pytest.raises(ValidationError) as refused:
            create_schedule(actor=stage.author, name="tonight", cron="0 3 * * *", environment=stage.source, **facts)
        assert "works on “prod”" in refused.value.message_dict["environment"][0]


def test_starts_and_migrations_raise_the_same_errors(stage, author):
    """So the API answers 403, 409 and 423 there as here."""
    migration = stage.plan()
    facts = {"plugin": "migrations", "environment": stage.target, "actor": author}
    with pytest.raises(Refused):
        start_task(action="apply", params={"migration": migration.pk}, **facts)
    with pytest.raises(NothingToDo):
        start_task(action="rollback", params={"migration": migration.pk}, **facts)
    stage.target.protected = False
    stage.target.save()
    add_freeze(actor=author, reason="Quarter end", starts=timezone.now(), ends=timezone.now() + timedelta(hours=1))
    with pytest.raises(Frozen):
        start_task(action="apply", params={"migration": migration.pk}, **facts)


def test_writing_holds_the_lock_and_is_never_repeated_planning_is_free():
    actions = {action.slug: (action.writes, action.repeatable) for action in plugin.plugin.actions}
    assert actions == {
        "plan": (False, True),
        "apply": (True, False),
        "rollback": (True, False),
        "settle": (False, True),
        "mail": (False, True),
        "mail_protection": (False, True),
    }
