from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, LockstepError, NotThere, Refused
from apps.environments.models import Environment
from apps.environments.tests.factories import make_environment
from apps.plugins.models import PluginRecord
from apps.schedules.models import Schedule, ScheduledRunState
from apps.schedules.policies import allowed_actions
from apps.schedules.services import (
    coming,
    edit_schedule,
    get_schedule,
    remove_schedule,
    run_now,
    set_enabled,
)
from apps.schedules.tests.factories import make_schedule
from apps.tasks.models import Task, TaskState
from apps.tasks.tests.hands import at
from apps.users.models import Role
from apps.users.services.grants import grant_role

pytestmark = pytest.mark.usefixtures("probe", "hands")


@pytest.fixture
def schedule(author):
    return make_schedule(author)


def audited():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_schedule_is_added_with_the_next_slot_and_full_parameters(schedule):
    assert (schedule.next_run, schedule.params) == (at("10:00"), {"text": "hello", "times": 1})
    assert audited() == ["schedule.add"]
    assert AuditEntry.objects.get().after["cron"] == "0 * * * *"


def test_a_schedule_can_be_added_paused(author):
    assert make_schedule(author, enabled=False).next_run is None


@pytest.mark.parametrize(
    ("facts", "errors"),
    [
        ({"cron": "99 * * * *"}, {"cron": "is not a cron expression (bad minute)"}),
        ({"zone": "Europe/Atlantis"}, {"zone": "There is no time zone “Europe/Atlantis”"}),
        ({"plugin": "prober"}, {"action": "There is no usable plugin “prober”"}),
        ({"action": "shout"}, {"action": "has no action “shout”"}),
        ({"params": {"text": 1, "size": 2}}, {"params.text": "must be text", "params.size": "no such parameter"}),
        ({"action": "write", "params": {"port": 1}}, {"environment": "choose one"}),
        ({"name": "  "}, {"name": "cannot be blank"}),
        ({"name": "x" * 101}, {"name": "at most 100 characters"}),
        ({"overlap": "perhaps"}, {"overlap": "is not a valid choice"}),
        ({"priority": 100_000}, {"priority": "less than or equal to 1000"}),
        (
            {"cron": "x", "zone": "y", "action": "z"},
            {"cron": "field instead", "zone": "time zone", "action": "no action"},
        ),
    ],
)
def test_an_invalid_schedule_is_refused_by_field(author, facts, errors):
    with pytest.raises(ValidationError) as refused:
        make_schedule(author, **facts)
    told = refused.value.message_dict
    assert set(told) == set(errors)
    assert all(words in " ".join(told[name]) for name, words in errors.items()), told
    assert not Schedule.objects.exists()


def test_a_name_is_given_once(schedule, author):
    with pytest.raises(Conflict, match="A schedule named “hourly” already exists"):
        make_schedule(author)


def test_an_edited_schedule_runs_on_behalf_of_its_editor(schedule, hands, django_user_model):
    other = django_user_model.objects.create_superuser("other")
    hands.now = at("12:30")
    assert edit_schedule(actor=other, schedule=schedule, cron="30  9 * * *", zone="Europe/Berlin") == {
        "cron": "30 9 * * *",
        "zone": "Europe/Berlin",
    }
    assert (schedule.next_run, schedule.actor) == (at("2026-12-02T08:30"), other)
    assert AuditEntry.objects.get(action="schedule.edit").before == {"cron": "0 * * * *", "zone": "UTC"}


def test_an_edit_that_changes_nothing_is_none(schedule, author, django_user_model):
    other = django_user_model.objects.create_superuser("other")
    assert edit_schedule(actor=other, schedule=schedule, cron="0 * * * *") == {}
    assert (schedule.actor, audited()) == (author, ["schedule.add"])


def test_an_edit_that_does_not_fit_changes_nothing(schedule, author):
    with pytest.raises(ValidationError):
        edit_schedule(actor=author, schedule=schedule, cron="x", name="other")
    assert Schedule.objects.get().name == "hourly"


def test_a_schedule_is_paused_and_resumed(schedule, author):
    assert set_enabled(actor=author, schedule=schedule, enabled=False)
    assert (schedule.enabled, schedule.next_run) == (False, None)
    assert not set_enabled(actor=author, schedule=schedule, enabled=False)
    assert set_enabled(actor=author, schedule=schedule, enabled=True)
    assert schedule.next_run == at("10:00")
    assert audited() == ["schedule.add", "schedule.pause", "schedule.resume"]


def test_a_schedule_is_removed_and_its_tasks_stay(schedule, author):
    run_now(actor=author, schedule=schedule)
    remove_schedule(actor=author, schedule=schedule)
    assert Task.objects.exists()
    with pytest.raises(NotThere, match="There is no schedule “hourly”"):
        get_schedule("hourly")


def test_a_paused_schedule_can_be_run_by_hand(schedule, author):
    set_enabled(actor=author, schedule=schedule, enabled=False)
    run = run_now(actor=author, schedule=schedule)
    assert (run.slot, run.state, run.task) == (None, ScheduledRunState.STARTED, Task.objects.get())


def test_a_running_schedule_is_not_run_by_hand(schedule, author):
    task = run_now(actor=author, schedule=schedule).task
    with pytest.raises(Conflict, match=f"Task {task.pk} of “hourly” has not ended"):
        run_now(actor=author, schedule=schedule)
    assert "has not ended" in allowed_actions(author, schedule)["run"].reason
    Task.objects.update(state=TaskState.FAILED, finished=at("09:59"))
    assert run_now(actor=author, schedule=schedule).task != task


def test_what_cannot_be_started_by_hand_is_refused_and_leaves_no_run(schedule, author):
    PluginRecord.objects.filter(slug="probe").update(enabled=False)
    with pytest.raises(LockstepError, match="is not enabled"):
        run_now(actor=author, schedule=schedule)
    assert not schedule.runs.exists()


def test_the_verdict_for_a_disabled_environment_is_that_of_a_run(author):
    schedule = make_schedule(author, environment=make_environment("dev"))
    Environment.objects.update(enabled=False)
    schedule.refresh_from_db()
    verdict = allowed_actions(author, schedule)["run"]
    assert verdict.reason == "The environment “dev” is disabled. Enable it first."
    with pytest.raises(LockstepError, match="is disabled"):
        run_now(actor=author, schedule=schedule)
    assert not schedule.runs.exists()


def test_a_schedule_for_a_disabled_environment_is_not_stored(author):
    with pytest.raises(ValidationError) as refusal:
        make_schedule(author, environment=make_environment("dev", enabled=False))
    assert refusal.value.message_dict == {"environment": ["The environment “dev” is disabled. Enable it first."]}


def test_the_next_slots_of_a_paused_schedule_are_listed(schedule, author):
    set_enabled(actor=author, schedule=schedule, enabled=False)
    assert coming(schedule, 2) == [at("10:00"), at("11:00")]


class TestRoles:
    @pytest.fixture
    def planner(self, author, viewer):
        """May set up schedules of the probe in “dev”."""
        role = Role.objects.create(slug="planner", title="Planner")
        for what in ("schedules.*", "probe.say"):
            role.permissions.create(what=what)
        grant_role(actor=author, user=viewer, role=role, where="dev")
        return viewer

    def test_a_schedule_is_added_where_the_role_is_granted(self, planner):
        assert make_schedule(planner, environment=make_environment("dev")).actor == planner

    def test_one_is_not_added_where_the_role_is_not_granted(self, planner):
        with pytest.raises(Refused, match="schedules.edit"):
            make_schedule(planner, environment=make_environment("prod"))
        with pytest.raises(Refused):
            make_schedule(planner)

    def test_one_is_not_moved_to_where_the_role_is_not_granted(self, planner):
        schedule = make_schedule(planner, environment=make_environment("dev"))
        with pytest.raises(Refused, match="schedules.edit"):
            edit_schedule(actor=planner, schedule=schedule, environment=make_environment("prod"))

    def test_one_is_not_added_for_an_action_that_they_may_not_run(self, planner):
        with pytest.raises(ValidationError, match="does not have the permission probe.refuse"):
            make_schedule(planner, environment=make_environment("dev"), action="refuse", params={})

    def test_without_a_role_nothing_may_be_done(self, schedule, viewer):
        assert not any(verdict.allowed for verdict in allowed_actions(viewer, schedule).values())
        for deed in (set_enabled, edit_schedule):
            with pytest.raises(Refused):
                deed(actor=viewer, schedule=schedule, enabled=False)
        with pytest.raises(Refused):
            remove_schedule(actor=viewer, schedule=schedule)
        with pytest.raises(Refused):
            run_now(actor=viewer, schedule=schedule)
        assert not Schedule.objects.visible_to(viewer).exists()
