"""What a task's parameters name takes the same permissions as where it works, at every entry point."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from apps.core.errors import LockstepError, NotThere, Refused
from apps.migrations.services.approval import submit
from apps.migrations.tests.factories import PAIR
from apps.migrations.tests.people import make_person
from apps.schedules.models import Schedule
from apps.schedules.services import create_schedule, edit_schedule, run_now
from apps.tasks.models import Task, TaskState
from apps.tasks.services import retry, start_task
from apps.users.models import User
from apps.users.services.tokens import bearer, create_token
from conftest import api_of

pytestmark = pytest.mark.usefixtures("transactional_db")

PLAN = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}
RUN = "/api/v1/plugins/migrations/actions/{}/run"
SCHEDULE = {"name": "nightly", "plugin": "migrations", "action": "plan", "cron": "0 3 * * *"}


def token(user, *where):
    return create_token(user=user, name="ci", days=1, scope="act", where=where)[1]


def narrowed(user, *where):
    """The account as its token sees it."""
    return bearer(token(user, *where))[0]


def call(user, *where):
    client = api_of()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token(user, *where)}")
    return client


@pytest.fixture
def submitted(stage):
    stage.target.protected = True
    stage.target.save()
    migration = stage.plan()
    submit(actor=stage.author, migration=migration)
    return migration


@pytest.fixture
def attempts(stage, submitted):
    """Action → parameters that name “prod”, or something that goes there."""
    decision = submitted.decisions.last()
    return {
        "plan": PLAN,
        "replan": {**PLAN, "migration": submitted.pk},
        "hidden replan": {**PLAN, "target": "dev", "migration": submitted.pk},
        "apply": {"migration": submitted.pk},
        "rollback": {"migration": submitted.pk},
        "mail": {"decision": decision.pk},
    }


ATTEMPTS = ("plan", "replan", "hidden replan", "apply", "rollback", "mail")


def action_of(attempt):
    return attempt.removeprefix("hidden ").removeprefix("re") if "replan" in attempt else attempt


def unchanged(migration):
    migration.refresh_from_db()
    return migration.state == "submitted" and migration.plans.count() == 1 and not Task.objects.exists()


@pytest.mark.parametrize("attempt", ATTEMPTS)
class TestElsewhere:
    def test_a_token_is_refused_by_the_api(self, attempt, stage, submitted, attempts):
        sent = {"environment": "dev", "params": attempts[attempt]}
        answer = call(stage.author, "dev").post(RUN.format(action_of(attempt)), sent)
        assert answer.status_code in (403, 404), answer.content
        assert unchanged(submitted)

    def test_a_person_is_refused_what_their_role_does_not_reach(self, attempt, stage, submitted, attempts):
        person = make_person(stage.author, "somebody", "administrator", where="dev")
        with pytest.raises((Refused, NotThere)):
            start_task(
                actor=person,
                plugin="migrations",
                action=action_of(attempt),
                params=attempts[attempt],
                environment=stage.source,
            )
        assert unchanged(submitted)

    def test_no_schedule_is_added_nor_edited(self, attempt, stage, submitted, attempts):
        facts = SCHEDULE | {"action": action_of(attempt), "params": attempts[attempt], "environment": stage.source}
        with pytest.raises(ValidationError) as refused:
            create_schedule(actor=narrowed(stage.author, "dev"), **facts)
        assert list(refused.value.message_dict) == ["params"]
        harmless = {"plugin": "catalogue", "action": "sync", "params": {}}
        schedule = create_schedule(actor=stage.author, **facts | harmless)
        changes = {"plugin": "migrations", "action": facts["action"], "params": facts["params"]}
        with pytest.raises(ValidationError):
            edit_schedule(actor=narrowed(stage.author, "dev"), schedule=schedule, **changes)
        schedule.refresh_from_db()
        assert schedule.plugin == "catalogue"

    def test_a_schedule_that_is_there_is_not_run_by_hand(self, attempt, stage, submitted, attempts):
        facts = SCHEDULE | {"action": action_of(attempt), "params": attempts[attempt], "environment": stage.source}
        schedule = Schedule.objects.create(actor=stage.author, **facts)
        with pytest.raises((Refused, NotThere)):
            run_now(actor=narrowed(stage.author, "dev"), schedule=schedule)
        assert unchanged(submitted)

    def test_a_task_on_another_environment_than_the_target_is_not_retried(self, attempt, stage, submitted, attempts):
        task = Task.objects.create(
            plugin="migrations",
            action=action_of(attempt),
            params=attempts[attempt],
            environment=stage.source,
            environment_name="dev",
            actor=stage.author,
            state=TaskState.FAILED,
        )
        with pytest.raises((Refused, NotThere)):
            retry(actor=narrowed(stage.author, "dev"), task=task)
        assert Task.objects.get() == task


def test_a_command_adds_no_such_schedule(stage, manage):
    make_person(stage.author, "somebody", "operator", where="dev")
    words = ("0 3 * * *", "--environment", "dev", "--as", "somebody")
    params = ("--param", "source=dev", "--param", "target=prod", "--param", "everything=true")
    code, _, said = manage("schedule", "add", "nightly", "migrations.plan", *words, *params)
    assert code == 1
    assert "There is no environment “prod”" in said
    assert not Schedule.objects.exists()


def test_a_token_of_both_environments_plans(stage):
    answer = call(stage.author, "dev", "prod").post(RUN.format("plan"), {"environment": "prod", "params": PLAN})
    assert answer.status_code == 202, answer.content


def test_an_override_takes_its_permission(stage, submitted):
    operator = make_person(stage.author, "operator", "operator")
    params = {"migration": submitted.pk, "override": "Sales are wrong"}
    with pytest.raises(Refused, match=r"migrations\.override"):
        start_task(actor=operator, plugin="migrations", action="apply", params=params, environment=stage.target)


class TestWhere:
    """The environment of a task is the one whose lock and whose permissions count."""

    def refused(self, stage, environment, match, **changes):
        with pytest.raises(LockstepError, match=match):
            start_task(
                actor=stage.author,
                plugin="migrations",
                action="plan",
                params=PLAN | changes,
                environment=environment,
            )
        assert not Task.objects.exists()

    def test_a_plan_is_started_for_its_target_only(self, stage):
        self.refused(stage, stage.source, r"migrations\.plan works on “prod”: start it there")

    def test_what_is_planned_again_goes_where_it_went(self, stage, submitted):
        changes = {"source": "prod", "target": "dev", "migration": submitted.pk}
        self.refused(stage, stage.source, f"Migration {submitted.pk} goes from “dev” to “prod”", **changes)

    def test_from_an_environment_to_itself_nothing_goes(self, stage):
        self.refused(stage, stage.target, "are both “prod”", source="prod")


def test_parameters_that_fit_no_more_are_reported_before_a_retry(stage):
    task = Task.objects.create(
        plugin="migrations", action="apply", params={"old": 1}, environment=stage.target, actor=stage.author,
        state=TaskState.FAILED,
    )  # fmt: skip
    with pytest.raises(LockstepError, match="no longer valid"):
        retry(actor=User.objects.get(pk=stage.author.pk), task=task)
