"""A plan that is only shown: `migration plan --no-keep`."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from apps.audit.models import AuditEntry
from apps.catalogue.models import DatabaseMapping
from apps.core.errors import LockstepError, Refused
from apps.core.tests.pages import Pages
from apps.migrations.models import Migration, PlanRecord
from apps.migrations.tests.factories import BIRTHS, PAIR
from apps.tasks.models import Task
from apps.tasks.questions import answer
from apps.tasks.services import start_task
from apps.tasks.tests.factories import run_all
from apps.users.services.grants import get_role, grant_role
from apps.users.services.roles import add_role
from conftest import api_of

pytestmark = pytest.mark.usefixtures("transactional_db")

PLAN = ("migration", "plan", "dev", "prod", "--dashboard", "births", "--map-database", PAIR, "--no-keep")


def stored(data_dir):
    files = [path for path in (data_dir / "plans").rglob("*") if path.is_file()] if data_dir.exists() else []
    return Migration.objects.count(), PlanRecord.objects.count(), len(files)


def test_a_plan_that_is_not_kept_is_printed_and_ends_with_2(stage, manage, data_dir):
    code, said, _ = manage(*PLAN)
    assert code == 2
    assert "USA Births Names" in said
    assert said.endswith("Not kept: this plan cannot be applied. To keep it, plan without --no-keep.\n")
    assert stored(data_dir) == (0, 0, 0)


def test_a_plan_that_is_not_kept_leaves_no_trace_in_the_audit(stage, manage):
    before = AuditEntry.objects.count()
    manage(*PLAN)
    assert AuditEntry.objects.count() == before


def test_only_a_plan_that_is_kept_waits_on_the_overview(stage, manage):
    pages = Pages(stage.author)
    manage(*PLAN)
    assert "USA Births Names" not in pages.see()
    manage(*PLAN[:-1])
    assert "USA Births Names" in pages.see()


def test_a_plan_without_changes_that_is_not_kept_ends_with_0(stage, manage, data_dir):
    manage("migration", "apply", stage.plan().pk, "--yes")
    before = stored(data_dir)
    code, said, _ = manage(*PLAN)
    assert (code, "Nothing to do" in said, "Not kept" in said) == (0, True, False)
    assert stored(data_dir) == before


def test_a_refused_plan_that_is_not_kept_ends_with_1(stage, manage):
    stage.dev.roles[BIRTHS] = [3]
    assert manage(*PLAN)[0] == 1


def test_a_plan_that_is_not_kept_has_all_formats(stage, manage):
    code, said, _ = manage(*PLAN, "--format", "json")
    answer = json.loads(said)
    assert (code, answer["migration"], answer["plan"]["pending"]) == (2, None, True)
    code, said, _ = manage(*PLAN, "--format", "markdown")
    assert (code, "Not kept" in said) == (2, True)


def test_a_worker_keeps_the_plan_only_with_its_task(stage, manage, data_dir, worker):
    code, said, _ = manage(*PLAN, "--queue")
    assert (code, "Not kept" in said) == (2, True)
    task = Task.objects.get(action="plan")
    assert (task.result["migration"], task.result["pending"]) == (None, True)
    assert stored(data_dir) == (0, 0, 0)


@pytest.mark.parametrize("works", [True, False])
def test_a_plan_that_no_worker_has_made_does_not_look_like_one_with_changes(stage, manage, request, monkeypatch, works):
    """Exit code 2 would tell a job that the environments differ."""
    monkeypatch.setattr("apps.tasks.management.follow.PATIENCE", 0)
    monkeypatch.setattr("apps.tasks.services.time.sleep", lambda seconds: None)
    if works:  # it then asks for the mapping that is left out
        request.getfixturevalue("worker")
    unmapped = [word for word in PLAN if word not in ("--map-database", PAIR)]
    code, said, _ = manage(*unmapped, "--queue")
    assert (code, "Not kept" in said) == (1, False)


def test_the_api_plans_without_keeping(stage, api, worker):
    sides = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}
    asked = api.post("/api/v1/migrations/plan", {**sides, "keep": False}, format="json")
    assert asked.status_code == 202, asked.content
    assert Task.objects.get(pk=asked.json()["id"]).params["keep"] is False


SIDES = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}
READS = ("environments.view", "catalogue.view")


def someone(author, *permissions):
    """With these permissions, each `what` or (what, where)."""
    user = get_user_model().objects.create_user("someone", password="only-for-tests")
    places = [(each, "*") if isinstance(each, str) else each for each in permissions]
    role = add_role(actor=author, slug="some", title="Some", permissions=places)
    grant_role(actor=author, user=user, role=role)
    return user


def test_who_may_read_both_sides_may_see_how_they_differ_and_no_more(stage, manage):
    viewer = get_user_model().objects.create_user("viewer")
    assert manage(*PLAN, "--as", "viewer")[0] == 1
    grant_role(actor=stage.author, user=viewer, role=get_role("viewer"))
    assert manage(*PLAN, "--as", "viewer")[0] == 2
    assert manage(*PLAN[:-1], "--as", "viewer")[0] == 1
    assert not Migration.objects.exists()


def test_a_viewer_compares_by_the_api_and_nothing_of_it_is_in_anybodys_list(stage, api, data_dir):
    viewer = someone(stage.author, *READS, "migrations.view")
    client = api_of(viewer)
    assert client.post("/api/v1/migrations/plan", SIDES, format="json").status_code == 403
    asked = client.post("/api/v1/migrations/plan", {**SIDES, "keep": False}, format="json")
    assert asked.status_code == 202, asked.content
    run_all()
    task = client.get(f"/api/v1/tasks/{asked.json()['id']}").json()
    assert (task["state"], task["result"]["migration"], task["result"]["pending"]) == ("succeeded", None, True)
    for someone_who_lists in (client, api):
        assert someone_who_lists.get("/api/v1/migrations").json()["count"] == 0
    assert stored(data_dir)[:2] == (0, 0)
    assert "USA Births Names" not in Pages(stage.author).see()


@pytest.mark.parametrize(
    "permissions",
    [
        ("environments.view", ("catalogue.view", "prod")),
        ("environments.view", ("catalogue.view", "dev")),
        (("environments.view", "prod"), "catalogue.view"),
        ("environments.view", "migrations.view"),
    ],
)
def test_who_may_not_read_one_of_the_sides_may_not_compare(stage, permissions):
    client = api_of(someone(stage.author, *permissions))
    asked = client.post("/api/v1/migrations/plan", {**SIDES, "keep": False}, format="json")
    assert asked.status_code in (403, 404, 400), asked.content
    assert not Task.objects.exists()


def test_who_may_plan_for_the_target_may_compare_without_its_catalogue(stage):
    client = api_of(someone(stage.author, "environments.view", ("catalogue.view", "dev"), ("migrations.plan", "prod")))
    assert client.post("/api/v1/migrations/plan", {**SIDES, "keep": False}, format="json").status_code == 202


def test_who_may_no_longer_read_both_when_a_worker_begins_sees_nothing(stage):
    viewer = someone(stage.author, *READS)
    number = api_of(viewer).post("/api/v1/migrations/plan", {**SIDES, "keep": False}, format="json").json()["id"]
    viewer.grants.all().delete()
    run_all()
    task = Task.objects.get(pk=number)
    assert (task.state, task.artifacts.exists()) == ("failed", False)


def test_a_viewer_cannot_plan_a_migration_again_without_keeping_it(stage):
    viewer = someone(stage.author, *READS, "migrations.view")
    params = {"source": "dev", "target": "prod", "migration": stage.plan().pk, "keep": False}
    with pytest.raises(Refused, match=r"migrations\.plan"):
        start_task(actor=viewer, plugin="migrations", action="plan", params=params, environment=stage.target)


def test_the_commands_of_the_page_about_ci_do_what_it_says(stage, manage):
    """What the shell adds to them is played here."""
    manage("mapping", "set", "dev", "prod", PAIR)
    page = Path("docs/ci.md").read_text()
    plans = re.findall(r"^    lockstep (migration plan [^>|\n]+)", page, re.MULTILINE)
    assert len(plans) == 4
    for plan in plans:
        code, said, told = manage(*shlex.split(plan))
        assert code == 2, told
        assert ("--no-keep" in plan) is not Migration.objects.exists()
    answer = json.loads(said)
    read = {"$(jq .migration.id plan.json)": answer["migration"]["id"]}
    read["$(jq -r .plan.checksum plan.json)"] = answer["plan"]["checksum"]
    (apply,) = re.findall(r"^    lockstep (migration apply .+--yes)$", page, re.MULTILINE)
    assert manage(*(read.get(word, word) for word in shlex.split(apply)))[0] == 0


def test_an_answer_for_a_plan_that_is_not_kept_is_not_kept_either(stage):
    params = {"source": "dev", "target": "prod", "dashboards": ["births"], "keep": False}
    task = start_task(actor=stage.author, plugin="migrations", action="plan", params=params, environment=stage.target)
    run_all()
    task.refresh_from_db()
    answer(actor=stage.author, task=task, answers={"examples": "warehouse"})
    run_all()
    task.refresh_from_db()
    assert (task.state, task.result["migration"], task.result["pending"]) == ("succeeded", None, True)
    assert not DatabaseMapping.objects.exists()


def test_a_migration_that_is_planned_again_keeps_its_plan(stage):
    number = stage.plan().pk
    params = {"source": "dev", "target": "prod", "migration": number, "keep": False}
    with pytest.raises(LockstepError, match="keeps the new plan"):
        start_task(actor=stage.author, plugin="migrations", action="plan", params=params, environment=stage.target)
