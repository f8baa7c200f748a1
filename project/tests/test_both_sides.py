"""A migration shows what is in its source: it is there for who may see both sides, and so is all that tells of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.core.files import store
from apps.core.tests.pages import Pages
from apps.migrations.approvals import waiting_for
from apps.migrations.mail import notifications
from apps.migrations.models import Migration
from apps.migrations.services.approval import approve, comment, submit
from apps.migrations.services.planning import get_migration
from apps.migrations.services.queueing import queue_plan
from apps.migrations.tests.factories import PAIR, Stage
from apps.migrations.tests.people import make_person
from apps.superset.selection import Selection
from apps.tasks.models import Task, TaskArtifact, TaskLine
from apps.users.models import Role, User
from apps.users.services.grants import get_role, grant_role
from conftest import api_of

CONTENT = "USA Births Names"


@pytest.fixture
def stage(author, monkeypatch) -> Stage:
    return Stage(author, monkeypatch)


@pytest.fixture
def migration(stage) -> Migration:
    stage.target.protected = True
    stage.target.save()
    migration = stage.plan()
    submit(actor=stage.author, migration=migration)
    return migration


@pytest.fixture
def task(stage) -> Task:
    """The one of a plan, with a line and a file that tell what is in the source."""
    selection = Selection(("births",))
    sides = {"source": stage.source, "target": stage.target}
    task = queue_plan(actor=stage.author, selection=selection, database_pairs=[PAIR], **sides)
    TaskLine.objects.create(task=task, seq=1, text=f"reading {CONTENT}")
    file = store("artefacts", json.dumps({"name": CONTENT}).encode(), suffix=".json")
    TaskArtifact.objects.create(task=task, name="plan.json", path=file.path, sha256=file.sha256, size=2)
    return task


@pytest.fixture(params=["operator", "approver", "administrator", "viewer"])
def of_target(request, author) -> User:
    """Has a role in the target only."""
    person = make_person(author, "somebody", request.param, where="prod")
    User.objects.filter(pk=person.pk).update(is_staff=True)
    return User.objects.get(pk=person.pk)


def with_both(author: Any, person: User) -> User:
    grant_role(actor=author, user=person, role=get_role("viewer"), where="dev")
    return User.objects.get(pk=person.pk)


def rows(user: User, route: str) -> int:
    return int(api_of(user).get(f"/api/v1/{route}").json()["count"])


def test_who_sees_the_target_alone_has_no_migration_there(migration, of_target, author):
    address = f"/api/v1/migrations/{migration.pk}"
    assert rows(of_target, "migrations") == 0
    assert api_of(of_target).get(address).status_code == 404
    note, checksum = {"note": "x"}, {"checksum": "0"}
    remarks = dict.fromkeys(("reject", "comment", "withdraw", "submit"), note)
    acts = {**remarks, "apply": checksum, "approve": checksum, "rollback": {}, "replan": {}}
    for action, sent in acts.items():
        answer = api_of(of_target).post(f"{address}/{action}", sent)
        assert answer.status_code in (403, 404), action
        assert CONTENT not in answer.content.decode()
    assert api_of(of_target).get(f"{address}/explain").status_code == 404
    both = with_both(author, of_target)
    assert rows(both, "migrations") == 1
    assert api_of(both).get(address).status_code == 200


def test_the_lines_and_files_of_a_planning_task_need_sight_of_both_sides(task, of_target, author):
    address = f"/api/v1/tasks/{task.pk}"
    places = (address, f"{address}/lines", f"{address}/artifacts/plan.json")
    assert rows(of_target, "tasks") == 0
    assert [api_of(of_target).get(each).status_code for each in places] == [404, 404, 404]
    both = with_both(author, of_target)
    assert rows(both, "tasks") == 1
    for each in places:
        answer = api_of(both).get(each)
        answer.getvalue()  # a file is read to its end, and closed
        assert answer.status_code == 200, each


def test_a_page_of_the_admin_shows_a_plan_only_with_sight_of_both_sides(migration, task, of_target, author):
    pages = Pages(of_target)
    for page in ("", "migrations/migration/", "tasks/task/"):
        assert CONTENT not in pages.see(page), page
    for page in (f"migrations/migration/{migration.pk}/change/", f"tasks/task/{task.pk}/change/"):
        assert CONTENT not in pages.client.get(f"/admin/{page}", follow=True).content.decode()
    assert CONTENT in Pages(with_both(author, of_target)).see("migrations/migration/")


def test_who_sees_the_target_alone_is_shown_the_migration_by_no_command(
    transactional_db, manage, migration, of_target, author
):
    code, said, told = manage("migration", "show", migration.pk, "--as", "somebody")
    assert (code, CONTENT in said) == (1, False)
    assert "There is no migration" in told
    assert CONTENT not in manage("migration", "list", "--as", "somebody")[1]
    with_both(author, of_target)
    assert CONTENT in manage("migration", "show", migration.pk, "--as", "somebody")[1]


def test_an_approver_who_may_not_read_the_source_is_not_asked_and_does_not_approve(migration, author):
    somebody = make_person(author, "half", "approver", where="prod")
    email = notifications.email_of_decision(migration.decisions.last().pk)
    assert somebody not in email.recipients
    assert not waiting_for(somebody).exists()
    both = with_both(author, somebody)
    assert notifications.email_of_decision(migration.decisions.last().pk).recipients == (both,)
    approve(actor=both, migration=migration, checksum=migration.plans.last().checksum)
    assert get_migration(migration.pk).state == "approved"


def test_a_submitter_who_lost_the_permission_to_see_a_migration_gets_no_mail(stage, author):
    operator = make_person(author, "operator", "operator")
    User.objects.filter(pk=author.pk).update(email="author@example.com")
    migration = stage.plan()
    submit(actor=operator, migration=migration)
    said = comment(actor=make_person(author, "ann", "approver"), migration=migration, note="Hm")

    def told():
        return {user.username for user in notifications.email_of_decision(said.pk).recipients}

    assert told() == {"author", "operator"}
    operator.grants.update(where="prod")
    assert told() == {"author"}


def test_the_author_always_sees_the_migration(stage, author):
    planner = make_person(author, "planner", "operator")
    stage.author = planner
    migration = stage.plan()
    planner.grants.update(where="prod")
    assert list(Migration.objects.visible_to(User.objects.get(pk=planner.pk))) == [migration]


def test_a_task_that_reads_no_other_environment_is_seen_as_before(stage, author, of_target):
    task = Task.objects.create(plugin="catalogue", action="sync", environment=stage.target, actor=author)
    assert list(Task.objects.visible_to(of_target)) == [task]


def test_a_task_whose_other_environment_was_removed_is_seen_by_who_sees_all(task, author, of_target):
    Task.objects.filter(pk=task.pk).update(reads=None)
    assert not Task.objects.visible_to(with_both(author, of_target)).exists()
    everywhere = Role.objects.create(slug="all", title="All")
    everywhere.permissions.create(what="*.view")
    of_target.grants.create(role=everywhere)
    assert Task.objects.visible_to(User.objects.get(pk=of_target.pk)).get() == task
