"""What travels beside the documents: chosen at every entry point, kept with the plan, shown, applied and undone."""

from __future__ import annotations

import json

import pytest

from apps.migrations.models import Migration
from apps.migrations.services.planning import replan, stored_plan
from apps.migrations.status import Status, status_of
from apps.migrations.tests.factories import BIRTHS, PAIR
from apps.superset.plan.attachment import Aspect
from apps.superset.protocol import Silent
from apps.tasks.models import Task

pytestmark = pytest.mark.usefixtures("transactional_db")

LIST = "/api/v1/migrations"
ASKED = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}
PLAN = ("migration", "plan", "dev", "prod", "--dashboard", "births", "--map-database", PAIR)
BOB, ADMIN = 8, 1


@pytest.fixture
def staffed(stage):
    """Bob owns the dashboard on dev, and has an account on prod under another number."""
    for server, number in ((stage.dev, BOB), (stage.prod, 100 + BOB)):
        server.role_names = {ADMIN: "Admin", 2: "Gamma"}
        server.user(1, "robot", ADMIN)
        server.user(number, "bob", 2)
    stage.dev.owners[BIRTHS] = [BOB]
    return stage


def test_owners_are_applied_and_rolled_back(staffed):
    migration = staffed.plan(carry=[Aspect.OWNERS])
    run = staffed.apply(migration)
    assert staffed.prod.owners[BIRTHS] == [100 + BOB]
    assert any("owners" in line for line in run.result["attached"])
    staffed.rollback(migration)
    assert staffed.prod.id_of(BIRTHS) is None
    assert status_of(migration) is Status.ROLLED_BACK


def test_a_migration_of_owners_alone_is_one_that_is_applied_and_rolled_back(staffed):
    staffed.apply(staffed.plan())
    migration = staffed.plan(carry=[Aspect.OWNERS])
    assert not stored_plan(migration).written
    before = staffed.prod.owners[BIRTHS]
    staffed.apply(migration)
    assert staffed.prod.owners[BIRTHS] == [100 + BOB]
    assert status_of(migration) is Status.SUCCEEDED
    staffed.rollback(migration)
    assert staffed.prod.owners[BIRTHS] == before


def test_a_new_plan_carries_what_the_old_one_did(staffed):
    migration = staffed.plan(carry=[Aspect.OWNERS])
    replan(actor=staffed.author, migration=migration, reporter=Silent())
    assert stored_plan(migration).carry == (Aspect.OWNERS,)
    replan(actor=staffed.author, migration=migration, reporter=Silent(), carry=[])
    assert stored_plan(migration).carry == ()


def test_the_choice_is_in_the_task_of_the_api(api, staffed):
    assert api.post(f"{LIST}/plan", {**ASKED, "carry": ["owners", "tags"]}).status_code == 202
    assert Task.objects.get().params["carry"] == ["owners", "tags"]


def test_a_name_that_nothing_carries_is_refused_by_the_api(api, staffed):
    answer = api.post(f"{LIST}/plan", {**ASKED, "carry": ["owner"]})
    assert answer.status_code == 400
    assert "carry.0" in answer.json()["fields"]


def test_a_new_plan_by_the_api_carries_as_before_or_as_chosen(api, staffed):
    migration = staffed.plan(carry=[Aspect.OWNERS])
    assert api.post(f"{LIST}/{migration.pk}/replan", {}).status_code == 202
    assert Task.objects.get().params["carry"] is None


def test_the_page_of_a_plan_shows_what_is_set_and_who_sees_it(api, staffed):
    migration = staffed.plan(carry=[Aspect.OWNERS])
    plan = api.get(f"{LIST}/{migration.pk}/overview").json()["plan"]
    assert plan["carry"] == ["owners"]
    assert plan["attachments"][0] == {
        "title": "Owners",
        "subject": "dashboard “USA Births Names”",
        "text": "",
        "added": ["Bob (bob)"],
        "removed": [],
    }
    [access] = plan["access"]
    assert (access["text"], access["added"]) == ("people: 0 → 2", ["bob", "robot"])
    document = api.get(f"{LIST}/{migration.pk}").json()["plan"]
    assert document["access"][0]["after"] == ["bob", "robot"]
    assert "+ Bob (bob)" in api.get(f"{LIST}/{migration.pk}/plan.md").content.decode()


def test_the_result_of_a_run_shows_what_it_set(api, staffed, manage):
    migration = staffed.plan(carry=[Aspect.OWNERS])
    staffed.apply(migration)
    attached = api.get(f"{LIST}/{migration.pk}/overview").json()["run"]["attached"]
    assert (attached[0]["subject"], attached[0]["added"]) == ("dashboard “USA Births Names”", ["Bob (bob)"])
    _, said, _ = manage("migration", "show", migration.pk)
    assert "Owners: dashboard “USA Births Names”: + Bob (bob)" in said.partition("Runs")[2]
    staffed.rollback(migration)
    attached = api.get(f"{LIST}/{migration.pk}/overview").json()["run"]["attached"]
    assert attached[0]["removed"] == ["Bob (bob)"]


def test_the_admin_shows_it_too(staffed, admin_client):
    migration = staffed.plan(carry=[Aspect.OWNERS])
    page = admin_client.get(f"/admin/migrations/migration/{migration.pk}/change/").content.decode()
    assert "Owners: dashboard “USA Births Names”: + Bob (bob)" in page


@pytest.mark.parametrize(("words", "carried"), [("owners,tags", ["owners", "tags"]), ("none", []), ("all", [*Aspect])])
def test_the_command_takes_names(staffed, manage, words, carried):
    code, said, _ = manage(*PLAN, "--carry", words, "--format", "json")
    assert code == 2
    assert sorted(json.loads(said)["plan"].get("carry", [])) == sorted(carried)


def test_the_command_prints_what_is_set_and_who_sees_it(staffed, manage):
    _, said, _ = manage(*PLAN, "--carry", "owners")
    assert "Beside the documents" in said
    assert "  ~ Owners: dashboard “USA Births Names”: + Bob (bob)" in said
    assert "  ~ dashboard “USA Births Names”: people: 0 → 2: + bob, + robot" in said
    code, said, _ = manage("migration", "apply", Migration.objects.get().pk, "--yes")
    assert code == 0
    assert "1 set beside" in said


def test_the_command_refuses_other_names(staffed, manage):
    code, _, told = manage(*PLAN, "--carry", "owner")
    assert code == 1
    assert "owner is none of" in told
