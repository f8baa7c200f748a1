"""First steps, health, own work, and dismissed failures on the front page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages, sign_in
from apps.environments.models import Environment
from apps.environments.services.registration import remove_environment
from apps.environments.tests.factories import make_environment
from apps.migrations.models import Run
from apps.migrations.services.approval import reject, submit
from apps.migrations.tests.factories import Failing, Stage
from apps.migrations.tests.people import make_person
from apps.schedules.models import Schedule, ScheduledRunState
from apps.superset.errors import ServerFault
from apps.tasks.models import Task, TaskState, Worker
from apps.users.models import User
from apps.users.services.grants import get_role, grant_role
from conftest import api_of

ACTIONS = ("dismiss", "restore")


@pytest.fixture
def pages(author):
    return Pages(author)


@pytest.fixture
def worker(db):
    return Worker.objects.create(host="h", pid=1, processes=2)


@pytest.fixture
def stage(author, monkeypatch):
    return Stage(author, monkeypatch)


def staff(name, *roles):
    user = User.objects.create_user(name, is_staff=True)
    for role in roles:
        grant_role(actor=User.objects.get(username="author"), user=user, role=get_role(role))
    return user


def failed_task(actor, **fields):
    values = {"plugin": "catalogue", "action": "sync", "state": TaskState.FAILED, "finished": timezone.now()}
    return Task.objects.create(actor=actor, **values | fields)


def protect(environment):
    Environment.objects.filter(pk=environment.pk).update(protected=True)
    environment.refresh_from_db()


def marked(page):
    """The step that comes next."""
    found = re.search(r'<li aria-current="step">.*?</li>', page, re.DOTALL)
    text = re.sub(r"<[^>]*>", " ", found.group()) if found else ""
    return " ".join(text.partition("to do:")[2].split())


class TestFirstSteps:
    def test_lead_from_the_first_environment_to_the_first_apply(self, pages, stage):
        assert marked(pages.see()).startswith("Sync their catalogues.")
        migration = stage.plan()
        assert "First steps" in pages.see()
        stage.apply(migration)
        assert "First steps" not in pages.see()

    def test_begin_with_environments(self, pages, worker):
        make_environment("dev")
        assert marked(pages.see()).startswith("Connect two environments")

    def test_send_whoever_may_not_take_the_next_step_to_an_administrator(self, pages, worker):
        page = Pages(staff("ben", "viewer")).see()
        assert "You may not do the next step yourself. Ask an administrator: “author”." in page
        assert "/environments/environment/add/" not in page

    def test_tell_somebody_without_a_role_whom_to_ask(self, pages, worker):
        page = Pages(staff("ben")).see()
        assert "You have no role yet, so there is nothing to see. Ask an administrator for one: “author”." in page
        assert "First steps" not in page


class TestHealth:
    def test_lists_each_part_with_its_last_sign_of_life(self, pages, worker):
        make_environment("dev", last_contact=timezone.now() - timedelta(hours=2))
        make_environment("new", last_contact=None)
        page = pages.see()
        for told in (
            "Running; takes queued tasks.",
            "Running; starts due schedules.",
            "Changes can be stored.",
            "2\xa0hours ago",
        ):
            assert told in page
        assert "Its entries are sealed." in page
        assert "Not checked yet." in page
        assert "everything works" in page

    def test_opens_by_itself_if_something_fails(self, pages):
        page = pages.see()
        assert '<details class="ls-card ls-health" open>' in page
        assert "No worker is running." in page
        assert "Start a worker on the server." in page
        assert "1 problem" in page

    def test_reports_entries_of_the_audit_without_a_seal(self, pages, worker):
        AuditEntry.objects.bulk_create([AuditEntry(action="x", nonce="n", at=timezone.now() - timedelta(hours=1))])
        page = pages.see()
        assert "1 entry has been waiting for its seal since" in page
        assert "Its entries are sealed." not in page

    def test_says_nothing_of_the_audit_to_who_may_not_read_it(self, pages, worker):
        assert "Its entries are sealed." not in Pages(staff("ben", "viewer")).see()


class TestOwnWork:
    def test_that_was_rejected_comes_first_with_who_and_why(self, pages, stage, author, worker):
        failed_task(author)
        protect(stage.target)
        migration = stage.plan()
        submit(actor=author, migration=migration)
        reject(actor=make_person(author, "boss", "approver"), migration=migration, note="Not before Monday")
        page = pages.see()
        sentence = f"Migration {migration.pk} to “prod” (USA Births Names) was rejected by “boss”."
        assert sentence in page
        assert "“Not before Monday” Plan it again, or withdraw it." in page
        assert page.index(sentence) < page.index("Sync the catalogue, failed.")

    def test_of_others_that_was_rejected_is_not_shown_as_mine(self, stage, author, worker):
        protect(stage.target)
        migration = stage.plan()
        submit(actor=author, migration=migration)
        reject(actor=make_person(author, "boss", "approver"), migration=migration, note="No")
        assert "was rejected by" not in Pages(User.objects.create_superuser("other")).see()

    def test_a_decision_of_mine_comes_before_failures(self, stage, author, worker):
        failed_task(author)
        protect(stage.target)
        migration = stage.plan()
        submit(actor=author, migration=migration)
        page = Pages(User.objects.create_superuser("boss")).see()
        assert "Waiting for you" in page
        assert page.index("is waiting for your approval.") < page.index("Sync the catalogue, failed.")


class TestDismissing:
    def of_task(self, task, action="dismiss"):
        return f"tasks/task/{task.pk}/{action}/"

    def test_takes_a_failure_off_the_overview_for_everybody_and_can_be_undone(self, pages, author, worker):
        task = failed_task(author)
        other = Pages(User.objects.create_superuser("other"))
        page = pages.send(self.of_task(task), overview="yes")
        assert "no longer shows on the overview." in page
        assert "Nothing needs attention." in page
        assert "Dismissed by “author” on" in other.see()
        assert "Nothing needs attention." in other.see()
        other.send(self.of_task(task, "restore"), overview="yes")
        assert "Nothing needs attention." not in pages.see()
        said = [(entry.action, entry.actor.username) for entry in AuditEntry.objects.order_by("pk")]
        assert said == [("task.dismiss", "author"), ("task.restore", "other")]

    def test_hides_no_later_failure_of_the_same_kind(self, pages, author, worker):
        pages.send(self.of_task(failed_task(author)))
        last = failed_task(author)
        assert f"Task {last.pk}, Sync the catalogue, failed." in pages.see()

    def test_shows_no_earlier_failure_of_the_same_kind_instead(self, pages, author, worker):
        failed_task(author)
        pages.send(self.of_task(failed_task(author)))
        assert "Nothing needs attention." in pages.see()

    def test_works_for_a_task_of_a_removed_environment(self, pages, author, worker):
        dev = make_environment("dev")
        task = failed_task(author, environment=dev, environment_name="dev")
        remove_environment(actor=author, environment=dev)
        task.refresh_from_db()
        assert task.environment is None
        assert "Sync the catalogue (dev), failed." in pages.see()
        pages.send(self.of_task(task))
        assert "Nothing needs attention." in pages.see()
        assert "by author" in pages.see(f"tasks/task/{task.pk}/change/")

    def test_is_for_those_who_could_retry_the_task(self, pages, author, worker):
        dev = make_environment("dev")
        task = failed_task(author, environment=dev, environment_name="dev")
        onlooker = Pages(staff("ben", "viewer"))
        page = onlooker.see()
        assert "Sync the catalogue (dev), failed." in page
        assert "/dismiss/" not in page
        assert "does not have the permission tasks.control" in onlooker.send(self.of_task(task))
        task.refresh_from_db()
        assert task.dismissed is None

    def test_takes_a_post_with_a_token_against_forgery(self, author, worker):
        task = failed_task(author)
        client = Client(enforce_csrf_checks=True)
        sign_in(client, author)
        assert client.post(f"/admin/{self.of_task(task)}").status_code == 403
        client.get(f"/admin/{self.of_task(task)}")
        task.refresh_from_db()
        assert task.dismissed is None

    def test_is_not_for_what_has_not_failed(self, pages, author, worker):
        task = failed_task(author, state=TaskState.SUCCEEDED)
        assert "There is no failure to dismiss." in pages.send(self.of_task(task))

    def test_works_for_a_schedule_until_it_is_refused_again(self, pages, author, worker):
        schedule = Schedule.objects.create(name="nightly", plugin="p", action="a", cron="0 2 * * *", actor=author)
        schedule.runs.create(slot=timezone.now(), state=ScheduledRunState.REFUSED, reason="Not enabled.")
        pages.send(f"schedules/schedule/{schedule.pk}/dismiss/", overview="yes")
        assert "Nothing needs attention." in pages.see()
        later = timezone.now() + timedelta(days=1)
        schedule.runs.create(slot=later, state=ScheduledRunState.REFUSED, reason="Still not.")
        assert "Still not." in pages.see()

    def test_works_for_a_migration_until_it_fails_again(self, pages, stage, worker):
        migration = stage.plan()
        stage.prod.__class__ = Failing
        with pytest.raises(ServerFault):
            stage.apply(migration)
        page = pages.send(f"migrations/migration/{migration.pk}/dismiss/")
        assert "by author" in page
        assert "failed" in page
        assert "Nothing needs attention." in pages.see()
        assert AuditEntry.objects.filter(action="migration.dismiss", object_id=str(migration.pk)).exists()
        run = Run.objects.get()
        run.pk, run.dismissed, run.dismissed_by = None, None, None
        run.save(force_insert=True)
        assert f"Migration {migration.pk} to “prod” (USA Births Names) failed." in pages.see()

    def test_of_a_migration_hides_its_task_but_not_what_fails_elsewhere_for_the_same_reason(self, pages, stage, worker):
        migration = stage.plan()
        stage.prod.__class__ = Failing
        with pytest.raises(ServerFault):
            stage.apply(migration)
        pages.send(f"migrations/migration/{migration.pk}/dismiss/")
        reason = {"sentence": Run.objects.get().error["sentence"]}
        own = {"plugin": "migrations", "action": "apply", "error": reason}
        failed_task(stage.author, **own, params={"migration": migration.pk})
        assert "Nothing needs attention." in pages.see()
        other = failed_task(stage.author, error=reason)
        assert f"Task {other.pk}, Sync the catalogue, failed." in pages.see()

    def test_of_a_failure_that_was_followed_by_another_meanwhile_is_refused(self, pages, author, worker):
        schedule = Schedule.objects.create(name="nightly", plugin="p", action="a", cron="0 2 * * *", actor=author)
        schedule.runs.create(slot=timezone.now(), state=ScheduledRunState.REFUSED, reason="Not enabled.")
        seen = re.search(r'name="failure" value="(\d+)"', pages.see())
        later = timezone.now() + timedelta(days=1)
        schedule.runs.create(slot=later, state=ScheduledRunState.REFUSED, reason="Still not.")
        page = pages.send(f"schedules/schedule/{schedule.pk}/dismiss/", overview="yes", failure=seen.group(1))
        assert "It has failed again since. Look at the overview again." in page
        assert "Still not." in pages.see()

    def test_works_through_the_api_and_at_the_terminal(self, author, manage):
        task = failed_task(author)
        answer = api_of(author).post(f"/api/v1/tasks/{task.pk}/dismiss")
        assert (answer.status_code, answer.json()["dismissed_by"]) == (200, "author")
        assert api_of(author).post(f"/api/v1/tasks/{task.pk}/dismiss").status_code == 409
        assert api_of(author).post(f"/api/v1/tasks/{task.pk}/restore").json()["dismissed"] is None
        code, said, _ = manage("task", "dismiss", task.pk)
        assert (code, said) == (0, f"Task {task.pk} no longer shows on the overview.\n")
        code, said, _ = manage("task", "dismiss", task.pk, "--undo")
        assert (code, said) == (0, f"Task {task.pk} shows on the overview again.\n")


class TestDismissingElsewhere:
    """The API and the terminal offer what `allowed_actions` names."""

    @pytest.fixture
    def migration(self, stage):
        migration = stage.plan()
        stage.prod.__class__ = Failing
        with pytest.raises(ServerFault):
            stage.apply(migration)
        return migration

    @pytest.fixture
    def schedule(self, author):
        schedule = Schedule.objects.create(name="nightly", plugin="p", action="a", cron="0 2 * * *", actor=author)
        schedule.runs.create(slot=timezone.now(), state=ScheduledRunState.REFUSED, reason="Not enabled.")
        return schedule

    @pytest.mark.parametrize("kind", ["migration", "schedule"])
    def test_works_through_the_api(self, author, worker, request, kind):
        url = f"/api/v1/{kind}s/{request.getfixturevalue(kind).pk}"
        api = api_of(author)
        assert api.get(url).json()["allowed_actions"]["dismiss"]["allowed"]
        for act, other in (ACTIONS, ACTIONS[::-1]):
            assert api.post(f"{url}/{other}").status_code == 409
            allowed = api.post(f"{url}/{act}").json()["allowed_actions"]
            assert (allowed[act]["allowed"], allowed[other]["allowed"]) == (False, True)
        assert api_of(staff("ben", "viewer")).post(f"{url}/dismiss").status_code == 403

    @pytest.mark.parametrize(("kind", "called"), [("migration", "Migration {}"), ("schedule", "Schedule “nightly”")])
    def test_works_at_the_terminal(self, manage, pages, worker, request, kind, called):
        row = request.getfixturevalue(kind)
        called, name = called.format(row.pk), getattr(row, "name", row.pk)
        assert manage(kind, "dismiss", name)[1] == f"{called} no longer shows on the overview.\n"
        assert "Nothing needs attention." in pages.see()
        assert manage(kind, "dismiss", name)[0] == 1
        assert manage(kind, "dismiss", name, "--undo")[1] == f"{called} shows on the overview again.\n"
        assert "Nothing needs attention." not in pages.see()


def test_the_page_costs_the_same_however_much_has_failed(pages, author, worker, django_assert_max_num_queries):
    dev = make_environment("dev")
    for number in range(12):
        failed_task(author, environment=dev, environment_name="dev", params={"migration": number})
    with django_assert_max_num_queries(24):  # PostgreSQL is asked whether it can be written
        page = pages.see()
    assert page.count("Sync the catalogue (dev), failed.</a>") == 8


def test_failures_that_are_shown_elsewhere_or_repeat_leave_place_for_others(pages, author, worker):
    dev = make_environment("dev", last_error={"kind": "unreachable", "sentence": "dev: no answer."})
    other = failed_task(author, plugin="retention", action="prune")
    for number in range(20):
        failed_task(author, environment=dev, environment_name="dev", params={"migration": number}, error=dev.last_error)
    for _ in range(70):
        failed_task(author, environment=dev, environment_name="dev")
    assert f"Task {other.pk}, " in pages.see()
