"""The matrix and the page of an asset: each in one request, whatever there is."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.utils import timezone

from apps.catalogue.models import AssetPairing, CatalogueAsset, DatabaseMapping
from apps.catalogue.services.sync import sync_catalogue
from apps.catalogue.tests.test_drift import know
from apps.environments.tests.factories import make_environment
from apps.freezes.services import add_freeze
from apps.migrations.models import Run
from apps.migrations.tests.factories import Stage
from apps.migrations.tests.people import make_person
from apps.superset.assets import Kind
from apps.superset.errors import PlanStale
from apps.superset.protocol import Silent
from apps.superset.tests.world import BIRTHS, WAREHOUSE, database_of
from apps.tasks.models import Task, TaskState
from apps.tasks.worker.processes import host
from conftest import api_of

API = "/api/v1/environments"
ALLOWED = {"allowed": True, "reason": "", "who": []}


@pytest.fixture
def stage(author, monkeypatch):
    """Both synced, the databases mapped; “prod” is empty."""
    stage = Stage(author, monkeypatch)
    for environment in (stage.source, stage.target):
        sync(environment)
    DatabaseMapping.objects.create(
        source=stage.source,
        target=stage.target,
        source_uuid=database_of(stage.dev),
        source_name="examples",
        target_uuid=WAREHOUSE,
        target_name="warehouse",
        confirmed_by=author,
    )
    return stage


def sync(environment):
    sync_catalogue(environment=environment, reporter=Silent(), pause=0)


def see(api, environment="dev", **query):
    found = api.get(f"{API}/{environment}/matrix", query)
    assert found.status_code == 200, found.content
    return found.json()


def open_asset(api, kind, uuid, environment="dev"):
    found = api.get(f"{API}/{environment}/assets/{kind}/{uuid}")
    assert found.status_code == 200, found.content
    return found.json()


def start_run(stage, migration):
    """As if another process of this computer were at it."""
    task = Task.objects.create(
        plugin="migrations",
        action="apply",
        actor=stage.author,
        params={"migration": migration.pk},
        environment=stage.target,
        writes=True,
        state=TaskState.RUNNING,
        started=timezone.now(),
    )
    return Run.objects.create(
        task=task,
        migration=migration,
        plan=migration.plans.get(),
        target=stage.target,
        kind="apply",
        actor=stage.author,
        host=host(),
        pid=os.getpid(),
        heartbeat=timezone.now(),
    )


class TestMatrix:
    def test_a_dashboard_that_is_nowhere_else_yet(self, api, stage):
        told = see(api)
        (row,) = told["rows"]
        assert (told["kind"], told["total"], [each["slug"] for each in told["others"]]) == ("dashboard", 1, ["prod"])
        assert (row["uuid"], row["name"], row["slug"], row["id"]) == (
            BIRTHS.uuid,
            "USA Births Names",
            "births",
            stage.dev.id_of(BIRTHS),
        )
        assert row["url"] == f"{stage.source.url}/superset/dashboard/{BIRTHS.uuid}/"
        there = row["elsewhere"]["prod"]
        assert (there["state"], there["uuid"], there["reason"]) == ("missing", None, "")
        assert there["differs"] == len(open_asset(api, "dashboard", BIRTHS.uuid)["graph"]["nodes"]) - 1
        assert (row["last_migration"], row["busy"]) == (None, None)

    def test_what_a_migration_brought_is_the_same_until_somebody_edits_it(self, api, stage):
        migration = stage.plan()
        (row,) = see(api)["rows"]
        assert (row["last_migration"]["id"], row["last_migration"]["status"]) == (migration.pk, "planned")
        stage.apply(migration)
        written = "A migration has written to prod, or may have, since its last sync. Sync the catalogue."
        for here, there in (("dev", "prod"), ("prod", "dev")):
            found = [row["elsewhere"][there] for row in see(api, here)["rows"]]
            assert {(each["state"], each["reason"]) for each in found} <= {("unknown", written)}
        sync(stage.target)
        (row,) = see(api)["rows"]
        there = row["elsewhere"]["prod"]
        assert (there["state"], there["differs"], there["uuid"]) == ("same", 0, BIRTHS.uuid)
        assert (row["last_migration"]["target"], row["last_migration"]["status"]) == ("prod", "succeeded")
        (row,) = see(api, "prod")["rows"]
        assert row["elsewhere"]["dev"]["state"] == "same"
        assert row["last_migration"]["id"] == migration.pk
        stage.rename_in_dev("Names")
        stage.dev.touch(BIRTHS)
        sync(stage.source)
        there = see(api)["rows"][0]["elsewhere"]["prod"]
        assert (there["state"], there["differs"]) == ("differs", 1)

    def test_a_run_that_was_refused_before_it_sent_anything_wrote_nothing(self, api, stage):
        stage.apply(stage.plan())
        sync(stage.target)
        stage.rename_in_dev("Names")
        stale = stage.plan()
        stage.prod.document(BIRTHS)["dashboard_title"] = "Edited in prod"
        with pytest.raises(PlanStale):
            stage.apply(stale)
        assert see(api)["rows"][0]["elsewhere"]["prod"]["state"] == "same"

    def test_charts_and_datasets_have_the_same_grid(self, api, stage):
        charts, datasets = see(api, kind="chart"), see(api, kind="dataset")
        assert charts["total"] == len(charts["rows"]) > 1
        assert {row["kind"] for row in charts["rows"]} == {"chart"}
        assert datasets["rows"][0]["url"].startswith(f"{stage.source.url}/explore/?datasource_type=table")
        assert datasets["rows"][0]["elsewhere"]["prod"]["state"] == "missing"
        verdict = charts["allowed_actions"]["migrate"]["prod"]
        assert (verdict["allowed"], verdict["reason"].startswith("Only dashboards")) == (False, True)

    def test_a_page_of_it(self, api, stage):
        names = [row["name"] for row in see(api, kind="chart")["rows"]]
        page = see(api, kind="chart", limit=2, offset=1)
        assert ([row["name"] for row in page["rows"]], page["total"]) == (names[1:3], len(names))
        for wrong in ({"limit": 0}, {"limit": 1001}, {"offset": -1}, {"kind": "database"}):
            assert list(api.get(f"{API}/dev/matrix", wrong).json()["fields"]) == list(wrong)

    def test_a_dashboard_that_is_paired_has_the_history_of_its_pair(self, api, stage, author):
        migration = stage.plan()
        other = UUID(int=7)
        know(stage.source, "dashboard", other, name="Births by hand")
        AssetPairing.objects.create(
            source=stage.source,
            target=stage.target,
            kind="dashboard",
            source_uuid=other,
            source_name="x",
            target_uuid=BIRTHS.uuid,
            target_name="x",
            confirmed_by=author,
        )
        rows = {row["uuid"]: row for row in see(api)["rows"]}
        assert rows[str(other)]["last_migration"]["id"] == migration.pk
        assert open_asset(api, "dashboard", other)["history"][0]["action"] == "create"

    def test_what_a_run_writes_now_is_busy_on_its_target(self, api, stage):
        migration = stage.plan()
        stage.apply(migration)
        sync(stage.target)
        Run.objects.all().delete()
        run = start_run(stage, migration)
        told = see(api, "prod")
        writing = told["environment"]["writing"]
        assert (writing["migration"], writing["actor"], writing["task"]) == (
            migration.pk,
            stage.author.username,
            run.task_id,
        )
        assert told["rows"][0]["busy"] == writing
        assert see(api)["rows"][0]["busy"] is None
        Task.objects.filter(pk=run.task_id).update(state=TaskState.ERRORED)
        assert see(api, "prod")["rows"][0]["busy"] is None

    def test_the_environment_is_described_in_brief(self, api, stage, author):
        days = {"starts": timezone.now(), "ends": datetime(2040, 1, 4, tzinfo=UTC)}
        add_freeze(actor=author, reason="Quiet", environment=stage.source, **days)
        brief = see(api)["environment"]
        assert (brief["slug"], brief["enabled"], brief["writing"]) == ("dev", True, None)
        assert brief["catalogue"]["counts"]["dashboard"] == 1
        assert (brief["freeze"]["reason"], brief["freeze"]["ends"][:4]) == ("Quiet", "2040")


class TestWhatMayBeBegun:
    def test_who_may_plan_may_migrate_compare_and_sync(self, api, stage):
        assert see(api)["allowed_actions"] == {
            "migrate": {"prod": ALLOWED},
            "compare": {"prod": ALLOWED},
            "sync": ALLOWED,
        }

    def test_a_viewer_may_compare_and_reads_who_may_do_the_rest(self, stage, author):
        make_person(author, "ben", "operator")
        actions = see(api_of(make_person(author, "eve", "viewer")))["allowed_actions"]
        assert actions["compare"]["prod"] == ALLOWED
        for verdict in (actions["migrate"]["prod"], actions["sync"]):
            assert (verdict["allowed"], verdict["who"]) == (False, ["ben"])

    def test_a_disabled_target_gets_nothing(self, api, stage):
        type(stage.target).objects.filter(pk=stage.target.pk).update(enabled=False)
        actions = see(api)["allowed_actions"]
        assert [actions[name]["prod"]["allowed"] for name in ("migrate", "compare")] == [False, False]
        assert "disabled" in actions["migrate"]["prod"]["reason"]

    def test_environments_and_migrations_that_the_user_may_not_see_are_not_there(self, stage, author):
        stage.plan()
        told = see(api_of(make_person(author, "eve", "viewer", "dev")))
        assert (told["others"], told["rows"][0]["elsewhere"], told["rows"][0]["last_migration"]) == ([], {}, None)
        client = api_of(make_person(author, "max", "viewer", "prod"))
        assert client.get(f"{API}/dev/matrix").status_code == 404
        assert client.get(f"{API}/dev/assets/dashboard/{BIRTHS.uuid}").status_code == 404


class TestAsset:
    def test_a_dashboard_with_all_that_it_is_made_of(self, api, stage):
        told = open_asset(api, "dashboard", BIRTHS.uuid)
        nodes, edges = told["graph"]["nodes"], told["graph"]["edges"]
        assert nodes[0]["uuid"] == told["asset"]["uuid"] == BIRTHS.uuid
        assert {node["kind"] for node in nodes} == {kind.value for kind in Kind}
        assert nodes[-1] == {
            "uuid": database_of(stage.dev),
            "kind": "database",
            "name": "examples",
            "id": nodes[-1]["id"],
            "url": None,
            "state": None,
        }
        known = {node["uuid"] for node in nodes}
        assert {one for one, _ in edges} | {other for _, other in edges} == known
        assert (told["known"], told["used_by"], told["history"]) == (True, [], [])

    def test_a_dataset_with_all_that_uses_it(self, api, stage):
        dataset = CatalogueAsset.objects.get(environment=stage.source, kind="dataset")
        told = open_asset(api, "dataset", dataset.uuid)
        dashboard, *charts = told["used_by"]
        assert dashboard == {
            "uuid": BIRTHS.uuid,
            "kind": "dashboard",
            "name": "USA Births Names",
            "url": f"{stage.source.url}/superset/dashboard/{BIRTHS.uuid}/",
            "via": "chart",
        }
        assert {(each["kind"], each["via"]) for each in charts} == {("chart", "dataset")}
        assert told["graph"]["edges"] == [[str(dataset.uuid), database_of(stage.dev)]]

    def test_where_else_it_is_and_what_migrations_did_to_it(self, api, stage):
        migration = stage.plan()
        stage.apply(migration)
        sync(stage.target)
        told = open_asset(api, "dashboard", BIRTHS.uuid)
        (place,) = told["elsewhere"]
        assert (place["environment"], place["name"], place["state"]) == ("prod", "USA Births Names", "same")
        (entry,) = told["history"]
        assert entry["at"] == told["asset"]["last_migration"]["at"]
        assert {name: entry[name] for name in entry if name != "at"} == {
            "migration": migration.pk,
            "title": "USA Births Names",
            "source": "dev",
            "target": "prod",
            "status": "succeeded",
            "action": "create",
            "actor": stage.author.username,
        }
        assert open_asset(api, "dashboard", BIRTHS.uuid, "prod")["history"] == told["history"]

    def test_dependencies_that_were_not_read_yet(self, api, stage):
        CatalogueAsset.objects.filter(kind="chart").update(depends_on=None, names=None, portable_hash="")
        assert open_asset(api, "dashboard", BIRTHS.uuid)["known"] is False
        dataset = CatalogueAsset.objects.filter(environment=stage.source, kind="dataset")
        dataset.update(depends_on=None)
        told = open_asset(api, "dataset", dataset.get().uuid)
        assert (told["known"], len(told["graph"]["edges"])) == (False, 1)

    def test_a_dependency_that_the_catalogue_does_not_have(self, api, stage):
        CatalogueAsset.objects.filter(environment=stage.source, kind="dataset").delete()
        told = open_asset(api, "dashboard", BIRTHS.uuid)
        (gone,) = (node for node in told["graph"]["nodes"] if node["kind"] == "dataset")
        assert (gone["name"], gone["id"], gone["url"], gone["state"]) == ("", None, None, "unknown")
        assert told["known"] is False

    @pytest.mark.parametrize("path", [f"dashboard/{UUID(int=5)}", f"chart/{BIRTHS.uuid}", f"theme/{BIRTHS.uuid}"])
    def test_an_asset_that_is_not_there_is_not_found(self, path, api, stage):
        assert api.get(f"{API}/dev/assets/{path}").status_code == 404


MATRIX = 17
"""Session and user; the environment and the others; contents of the one and of the others, syncs, what was written
since, pairings, mappings; rows; its sync, run and freeze; plans of the dashboards, their migrations; tasks that
sync."""


def many(stage, number):
    """Environments with dashboards of their own, in migrations."""
    for each in range(number):
        know(stage.source, "dashboard", UUID(int=1000 + each), name=f"Board {each}")
        know(make_environment(f"other{each}"), "dashboard", UUID(int=1000 + each))


@pytest.mark.parametrize("number", [1, 6])
def test_the_number_of_queries_does_not_depend_on_what_there_is(number, api, stage, django_assert_num_queries):
    stage.plan()
    many(stage, number)
    see(api)
    with django_assert_num_queries(MATRIX):
        told = see(api)
    assert (len(told["rows"]), len(told["others"])) == (number + 1, number + 1)
    with django_assert_num_queries(MATRIX + 2):
        open_asset(api, "dashboard", BIRTHS.uuid)
