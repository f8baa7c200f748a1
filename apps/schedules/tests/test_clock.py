from __future__ import annotations

import logging
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction

from apps.environments.tests.factories import make_environment
from apps.plugins.models import PluginRecord
from apps.schedules import clock
from apps.schedules.clock import start_due
from apps.schedules.models import Missed, Overlap, Schedule, ScheduledRun, ScheduledRunState
from apps.schedules.runs import start_waiting
from apps.schedules.services import edit_schedule, run_now, set_enabled
from apps.schedules.tests.factories import make_schedule
from apps.tasks.models import Task, TaskState
from apps.tasks.tests.factories import run_all
from apps.tasks.tests.hands import at

pytestmark = pytest.mark.usefixtures("probe", "hands")


@pytest.fixture
def schedule(author, hands):
    return make_schedule(author)


def runs(schedule):
    """(slot, state) of each, the first first."""
    rows = schedule.runs.order_by("pk")
    return [(f"{run.slot:%H:%M}" if run.slot else None, run.state) for run in rows]


def finish(hands, number=None):
    """The tasks have ended, at the time that it is."""
    tasks = Task.objects.filter(pk=number) if number else Task.objects.all()
    tasks.update(state=TaskState.SUCCEEDED, started=hands.now, finished=hands.now)


def elsewhere(do):
    """With a connection of its own."""
    try:
        do()
    finally:
        connection.close()


class TestASlot:
    def test_a_slot_runs_when_it_is_due_and_not_before(self, schedule, hands):
        assert hands.set("09:59:59") == 0
        assert hands.set("10:00:20") == 1
        assert runs(schedule) == [("10:00", ScheduledRunState.STARTED)]
        run, task = schedule.runs.get(), Task.objects.get()
        assert (task.plugin, task.action, task.params) == ("probe", "say", {"text": "hello", "times": 1})
        assert (run.task, run.created, run.missed_since) == (task, at("10:00:20"), None)
        schedule.refresh_from_db()
        assert schedule.next_run == at("11:00")

    def test_a_slot_runs_once_however_often_the_clock_ticks(self, schedule, hands):
        for moment in ("10:00:05", "10:00:35", "10:59:59"):
            hands.set(moment)
        assert runs(schedule) == [("10:00", ScheduledRunState.STARTED)]

    def test_a_slot_has_one_row_by_a_database_constraint(self, schedule):
        facts = {"schedule": schedule, "slot": at("10:00"), "state": ScheduledRunState.STARTED}
        ScheduledRun.objects.create(**facts)
        with pytest.raises(IntegrityError), transaction.atomic():
            ScheduledRun.objects.create(**facts)

    def test_a_slot_keeps_when_it_was_due_and_when_its_task_began(self, schedule, hands):
        hands.set("10:00:20")
        Task.objects.update(started=at("10:00:25"))
        assert schedule.runs.get().began == at("10:00:25")
        hands.set("10:01:00")
        Task.objects.all().delete()
        run = schedule.runs.get()
        assert (run.slot, run.started, run.task) == (at("10:00"), at("10:00:25"), None)

    def test_a_slot_starts_with_the_priority_and_environment_of_its_schedule(self, author, hands):
        dev = make_environment("dev")
        make_schedule(author, environment=dev, priority=7)
        hands.set("10:00")
        task = Task.objects.get()
        assert (task.environment, task.priority, task.actor) == (dev, 7, author)

    def test_a_slot_ends_like_any_task(self, transactional_db, author, hands):
        make_schedule(author)
        hands.set("10:00")
        run_all()
        assert Task.objects.get().state == TaskState.SUCCEEDED


class TestAfterAnOutage:
    def test_only_the_last_missed_slot_is_run_late(self, schedule, hands):
        hands.set("13:30")
        hands.set("13:31")
        assert runs(schedule) == [("13:00", ScheduledRunState.STARTED)]
        assert schedule.runs.get().missed_since == at("10:00")
        assert Task.objects.count() == 1

    def test_nothing_is_run_late_where_missed_slots_are_to_be_skipped(self, author, hands):
        schedule = make_schedule(author, missed=Missed.SKIP)
        hands.set("13:30")
        assert runs(schedule) == [("13:00", ScheduledRunState.MISSED)]
        assert not Task.objects.exists()
        hands.set("14:00:59")
        assert runs(schedule)[1:] == [("14:00", ScheduledRunState.STARTED)]

    def test_a_slot_due_at_the_end_of_an_outage_is_not_late(self, author, hands):
        schedule = make_schedule(author, missed=Missed.SKIP)
        hands.set("13:00:40")
        assert runs(schedule) == [("13:00", ScheduledRunState.STARTED)]
        assert schedule.runs.get().missed_since == at("10:00")

    def test_a_year_of_minutes_is_one_run(self, author, hands):
        schedule = make_schedule(author, cron="* * * * *")
        hands.set("2027-12-01T10:00:30")
        assert [run.slot for run in schedule.runs.all()] == [at("2027-12-01T10:00")]


class TestWhenTheClockJumps:
    def test_forwards_and_back_no_slot_is_run_twice_and_none_is_forgotten(self, schedule, hands):
        hands.set("12:30")
        finish(hands)
        hands.set("10:30")
        for moment in ("11:00", "12:00", "13:00"):
            hands.set(moment)
            finish(hands)
        assert runs(schedule) == [
            ("12:00", ScheduledRunState.STARTED),
            ("11:00", ScheduledRunState.STARTED),
            ("13:00", ScheduledRunState.STARTED),
        ]

    def test_a_clock_set_back_by_years_continues_with_the_next_hour(self, schedule, hands):
        hands.set("2036-12-01T10:30")
        finish(hands)
        hands.set("10:30")
        schedule.refresh_from_db()
        assert schedule.next_run == at("11:00")


class TestOverlap:
    def test_a_slot_is_skipped_while_the_previous_run_goes_on(self, schedule, hands):
        hands.set("10:00")
        hands.set("11:00")
        assert runs(schedule) == [("10:00", ScheduledRunState.STARTED), ("11:00", ScheduledRunState.SKIPPED)]
        task = Task.objects.get()
        assert schedule.runs.first().reason == f"The previous run (task {task.pk}) had not ended."
        finish(hands)
        hands.set("12:00")
        assert runs(schedule)[-1] == ("12:00", ScheduledRunState.STARTED)

    def test_a_slot_waits_for_the_previous_run_where_it_is_queued(self, author, hands):
        schedule = make_schedule(author, overlap=Overlap.QUEUE)
        hands.set("10:00")
        hands.set("11:00")
        assert runs(schedule)[-1] == ("11:00", ScheduledRunState.WAITING)
        hands.set("11:01")
        assert Task.objects.count() == 1
        finish(hands)
        hands.set("11:02")
        assert runs(schedule) == [("10:00", ScheduledRunState.STARTED), ("11:00", ScheduledRunState.STARTED)]
        assert (Task.objects.count(), schedule.runs.first().reason) == (2, "")

    def test_at_most_one_slot_waits(self, author, hands):
        schedule = make_schedule(author, overlap=Overlap.QUEUE)
        for moment in ("10:00", "11:00", "12:00"):
            hands.set(moment)
        assert [state for _, state in runs(schedule)] == [
            ScheduledRunState.STARTED,
            ScheduledRunState.WAITING,
            ScheduledRunState.SKIPPED,
        ]
        assert "Another run was already waiting" in schedule.runs.first().reason

    def test_a_run_by_hand_counts_as_the_one_before(self, schedule, hands, author):
        run_now(actor=author, schedule=schedule)
        hands.set("10:00")
        assert runs(schedule) == [(None, ScheduledRunState.STARTED), ("10:00", ScheduledRunState.SKIPPED)]

    def test_a_run_by_hand_at_the_time_of_a_slot_makes_the_slot_wait(self, transactional_db, author, hands):
        schedule = make_schedule(author, overlap=Overlap.QUEUE)
        for moment in ("10:00", "11:00"):
            hands.set(moment)
        finish(hands)
        with transaction.atomic():
            run_now(actor=author, schedule=schedule)
            ticking = Thread(target=elsewhere, args=(start_waiting,))
            ticking.start()
            ticking.join(0.5)
        ticking.join()
        assert runs(schedule)[1:] == [("11:00", ScheduledRunState.WAITING), (None, ScheduledRunState.STARTED)]

    def test_a_run_of_another_schedule_is_no_overlap(self, schedule, hands, author):
        other = make_schedule(author, name="other")
        hands.set("10:00")
        assert runs(schedule) == runs(other) == [("10:00", ScheduledRunState.STARTED)]


class TestWhatCannotBeStarted:
    @pytest.fixture
    def refused(self, schedule, hands):
        def refused():
            hands.set("10:00")
            run = schedule.runs.get()
            assert (run.state, Task.objects.count()) == (ScheduledRunState.REFUSED, 0)
            return run.reason

        return refused

    def test_a_disabled_plugin_is_reported_and_the_next_slot_is_tried(self, refused, schedule, hands):
        PluginRecord.objects.filter(slug="probe").update(enabled=False)
        assert refused() == "The plugin “probe” is not enabled. Enable it first."
        PluginRecord.objects.filter(slug="probe").update(enabled=True)
        hands.set("11:00")
        assert runs(schedule)[-1] == ("11:00", ScheduledRunState.STARTED)

    def test_a_user_who_may_no_longer_run_a_schedule_is_reported(self, refused, author):
        author.is_active = False
        author.save()
        assert "The account “author” is inactive" in refused()

    def test_parameters_that_no_longer_fit_are_reported(self, refused, schedule):
        Schedule.objects.update(params={"text": 1})
        assert refused() == "text: This must be text."

    def test_a_schedule_with_an_invalid_expression_stops_no_other(self, schedule, hands, author, caplog):
        other = make_schedule(author, name="other")
        Schedule.objects.filter(pk=schedule.pk).update(zone="Europe/Atlantis")
        with caplog.at_level(logging.ERROR):
            hands.set("10:00")
        assert (runs(schedule), runs(other)) == ([], [("10:00", ScheduledRunState.STARTED)])
        assert "“hourly” cannot be followed: There is no time zone “Europe/Atlantis”" in caplog.text


class TestAPause:
    def test_a_paused_schedule_neither_runs_nor_catches_up(self, schedule, hands, author):
        set_enabled(actor=author, schedule=schedule, enabled=False)
        hands.set("12:30")
        set_enabled(actor=author, schedule=schedule, enabled=True)
        hands.set("12:31")
        assert (runs(schedule), schedule.next_run) == ([], at("13:00"))

    def test_a_waiting_slot_is_dropped_by_a_pause(self, author, hands):
        schedule = make_schedule(author, overlap=Overlap.QUEUE)
        hands.set("10:00")
        hands.set("11:00")
        set_enabled(actor=author, schedule=schedule, enabled=False)
        finish(hands)
        hands.set("12:00")
        assert runs(schedule) == [("10:00", ScheduledRunState.STARTED), ("11:00", ScheduledRunState.SKIPPED)]


def test_two_ticks_at_once_take_a_slot_once(schedule, hands, monkeypatch):
    """The second has read the row before the first has taken the slot."""
    hands.now = at("10:00")
    stale = list(Schedule.objects.filter(enabled=True))
    assert start_due() == 1
    assert [clock._look_at(each, hands.now) for each in stale] == [False]
    assert runs(schedule) == [("10:00", ScheduledRunState.STARTED)]


def test_a_change_of_the_times_between_reading_and_taking_wins(schedule, hands, author):
    hands.now = at("10:00")
    stale = list(Schedule.objects.all())
    edit_schedule(actor=author, schedule=schedule, cron="30 * * * *")
    assert [clock._look_at(each, hands.now) for each in stale] == [False]
    assert runs(schedule) == []
