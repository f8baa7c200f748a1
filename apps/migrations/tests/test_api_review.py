"""A stored plan as its page asks for it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.catalogue.models import CatalogueAsset, CatalogueSync
from apps.catalogue.services.sync import sync_catalogue
from apps.freezes.services import add_freeze
from apps.migrations.approvals import approvals_of
from apps.migrations.models import Decision, SeenChange
from apps.migrations.review.material import of_migration
from apps.migrations.review.overview import plan_view
from apps.migrations.review.seen import last_decision
from apps.migrations.services.approval import approve, reject, submit
from apps.migrations.services.planning import replan
from apps.migrations.tests.factories import BIRTHS
from apps.migrations.tests.people import make_person
from apps.superset.protocol import Silent
from conftest import api_of

LIST = "/api/v1/migrations"


@pytest.fixture
def planned(stage):
    """Of one change: the title of the dashboard."""
    stage.apply(stage.plan())
    stage.rename_in_dev("New title")
    return stage.plan()


@pytest.fixture
def protected(stage):
    stage.target.protected = True
    stage.target.save()
    return stage.plan()


@pytest.fixture
def approver(author):
    return make_person(author, "approver", "approver")


def overview(client, migration, **query):
    answer = client.get(f"{LIST}/{migration.pk}/overview", query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def plan_of(client, migration, **query):
    return overview(client, migration, **query)["plan"]


def again(stage, migration):
    return replan(actor=stage.author, migration=migration, reporter=Silent()).migration


def changes(client, migration, **query):
    return client.get(f"{LIST}/{migration.pk}/changes", query).json()["results"]


def forget(*columns):
    """As a plan of an earlier release: without what is stored beside it."""
    with connection.cursor() as cursor:
        for column in columns:
            cursor.execute(f"UPDATE migrations_planrecord SET {column} = ''")


class TestOverview:
    def test_it_says_what_will_happen_in_numbers_and_a_sentence(self, api, planned):
        told = plan_of(api, planned)
        assert told["sentence"] == "1 dashboard from dev to prod: 1 of 12 assets will be written."
        assert (told["counts"]["update"], told["counts"]["unchanged"]) == (1, 11)
        assert (told["number"], told["planned_by"], told["roots"]) == (1, "author", [BIRTHS.uuid])
        assert (told["seen"], told["total"], told["since"]) == (0, 1, None)

    def test_a_node_leads_to_both_supersets(self, api, planned):
        (node,) = plan_of(api, planned)["nodes"]
        assert (node["name"], node["action"], node["differences"]) == ("New title", "update", 1)
        assert node["unchanged_below"] == 11
        assert node["source"]["url"].startswith("https://dev.example.com/superset/dashboard/")
        assert node["target"]["url"] == f"https://prod.example.com/superset/dashboard/{node['target']['uuid']}/"

    def test_unchanged_assets_come_if_asked_for(self, api, planned):
        nodes = plan_of(api, planned, include="unchanged")["nodes"]
        assert len(nodes) == 12
        assert {node["unchanged_below"] for node in nodes} == {0}
        top = nodes[0]["depends_on"]
        assert set(top) < {node["uuid"] for node in nodes}

    def test_it_has_the_migration_without_its_plan(self, api, planned):
        told = overview(api, planned)
        assert told["migration"]["id"] == planned.pk
        assert "plan" not in told["migration"]
        assert told["allowed_actions"]["apply"]["allowed"] is True
        assert told["run"] is None

    def test_dashboards_outside_the_plan_are_named_with_their_address(self, api, stage):
        stage.apply(stage.plan())
        (chart, document) = next(iter(stage.prod.documents["chart"].items()))
        board = {"uuid": str(uuid.uuid4()), "dashboard_title": "Prod only", "position": {}, "metadata": {}}
        stage.prod.documents["dashboard"][900] = board
        stage.prod.members[900] = {chart}
        for each in stage.dev.documents["chart"].values():
            if each["uuid"] == document["uuid"]:
                each["params"]["row_limit"] = 77
        told = plan_of(api, stage.plan())
        node = next(each for each in told["nodes"] if each["uuid"] == document["uuid"])
        url = f"https://prod.example.com/superset/dashboard/{board['uuid']}/"
        assert node["used_by"] == [{"uuid": board["uuid"], "kind": "dashboard", "name": "Prod only", "url": url}]
        assert node["risks"] == told["counts"]["risks"] == 1
        assert told["risks"][0]["assets"] == [document["uuid"]]

    def test_the_plan_view_takes_as_many_queries_for_many_changes_as_for_one(
        self, stage, planned, django_assert_num_queries
    ):
        for document in stage.dev.documents["chart"].values():
            document["params"]["row_limit"] = 7
        many = stage.plan()
        for migration in (planned, many):
            with django_assert_num_queries(2):
                material = of_migration(migration)
            approvals = approvals_of(migration)
            with django_assert_num_queries(7):
                plan_view(material, user=stage.author, migration=migration, approvals=approvals)

    def test_the_whole_answer_keeps_to_its_number_of_queries(self, api, planned, django_assert_max_num_queries):
        overview(api, planned)
        with django_assert_max_num_queries(49):
            overview(api, planned)

    def test_a_plan_that_was_tampered_with_is_not_shown(self, api, planned):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE migrations_planrecord SET document = replace(document, 'New title', 'Other')")
        assert api.get(f"{LIST}/{planned.pk}/overview").status_code >= 400


class TestWithoutWhatIsStoredBeside:
    def test_a_plan_of_an_earlier_release_still_opens(self, api, planned):
        before = plan_of(api, planned)["nodes"]
        forget("annex", "before_path", "before_sha256")
        (node,) = plan_of(api, planned)["nodes"]
        assert (node["unchanged_below"], node["fingerprint"]) == (11, before[0]["fingerprint"])
        assert (node["source"], node["target"]) == (None, None)
        (change,) = changes(api, planned)
        assert change["sections"][0]["rows"][0]["after"] == "New title"

    def test_ids_come_from_the_catalogue(self, api, planned, stage):
        forget("annex")
        row = {"kind": "dashboard", "uuid": BIRTHS.uuid, "asset_id": 512, "name": "x", "seen_at": timezone.now()}
        CatalogueAsset.objects.create(environment=stage.target, **row)
        (node,) = plan_of(api, planned)["nodes"]
        assert (node["target"]["id"], node["source"]) == (512, None)

    def test_what_the_plan_creates_gets_its_address_from_the_catalogue(self, api, stage):
        migration = stage.plan()
        board = plan_of(api, migration)["nodes"][0]
        assert (board["action"], board["target"]) == ("create", None)
        row = {"kind": "dashboard", "uuid": BIRTHS.uuid, "asset_id": 9, "name": "x", "seen_at": timezone.now()}
        CatalogueAsset.objects.create(environment=stage.target, **row)
        assert plan_of(api, migration)["nodes"][0]["target"]["url"].endswith(f"/superset/dashboard/{BIRTHS.uuid}/")


class TestChanges:
    def test_the_differences_of_one_asset_are_asked_for_by_uuid(self, api, planned):
        (change,) = changes(api, planned, uuid=BIRTHS.uuid)
        (section,) = change["sections"]
        assert (section["kind"], section["code"]) == ("fields", "settings")
        assert section["rows"][0]["before"] == "USA Births Names"

    def test_they_come_in_parts_without_what_stays_as_it_is(self, api, stage):
        migration = stage.plan()
        everything = [each["uuid"] for each in changes(api, migration, limit=100)]
        assert len(everything) == 12
        parts = [changes(api, migration, limit=5, offset=offset) for offset in (0, 5, 10)]
        assert [each["uuid"] for part in parts for each in part] == everything
        assert everything[0] == BIRTHS.uuid

    def test_an_asset_that_is_not_in_the_plan_is_not_found(self, api, planned):
        assert api.get(f"{LIST}/{planned.pk}/changes", {"uuid": str(uuid.uuid4())}).status_code == 404
        assert api.get(f"{LIST}/{planned.pk}/changes/{uuid.uuid4()}/raw").status_code == 404

    def test_the_documents_are_shown_as_yaml(self, api, planned):
        told = api.get(f"{LIST}/{planned.pk}/changes/{BIRTHS.uuid}/raw").json()
        assert "dashboard_title: USA Births Names" in told["before"]
        assert "dashboard_title: New title" in told["after"]

    def test_the_documents_of_what_stays_as_it_is_are_the_same(self, api, planned):
        chart = next(each for each in plan_of(api, planned, include="unchanged")["nodes"] if each["kind"] == "chart")
        told = api.get(f"{LIST}/{planned.pk}/changes/{chart['uuid']}/raw").json()
        assert told["before"] == told["after"] != ""

    def test_a_new_asset_has_no_document_before(self, api, stage):
        told = api.get(f"{LIST}/{stage.plan().pk}/changes/{BIRTHS.uuid}/raw").json()
        assert (told["before"], "dashboard_title" in told["after"]) == (None, True)

    def test_the_plan_is_copied_as_markdown(self, api, planned):
        answer = api.get(f"{LIST}/{planned.pk}/plan.md")
        assert answer["Content-Type"] == "text/markdown; charset=utf-8"
        text = answer.content.decode()
        assert planned.plans.get().checksum in text
        assert "**update** `New title`" in text

    def test_a_secret_leaves_the_server_nowhere(self, api, stage):
        stage.apply(stage.plan())
        for document in stage.dev.documents["chart"].values():
            document["params"]["mapbox_api_key"] = "hunter22"
        migration = stage.plan()
        chart = next(each for each in plan_of(api, migration)["nodes"] if each["kind"] == "chart")
        for path in ("", "/overview", "/changes", "/plan.md", f"/changes/{chart['uuid']}/raw"):
            answer = api.get(f"{LIST}/{migration.pk}{path}")
            assert (answer.status_code, b"hunter22" in answer.content) == (200, False), path
        assert api.get(f"{LIST}/{migration.pk}").json()["plan"]["checksum"] == migration.plans.get().checksum
        row = changes(api, migration, uuid=chart["uuid"])[0]["sections"][0]["rows"][0]
        assert (row["secret"], row["sentence"]) == (True, "mapbox_api_key: hidden, changes")

    def test_differences_take_as_many_queries_for_many_as_for_one(self, api, stage, django_assert_num_queries):
        migration = stage.plan()
        for limit in (1, 10):
            with django_assert_num_queries(7):
                changes(api, migration, limit=limit)


class TestSeen:
    def mark(self, client, migration, *fingerprints, seen=True):
        return client.put(f"{LIST}/{migration.pk}/seen", {"fingerprints": fingerprints, "seen": seen}, format="json")

    def test_a_change_is_marked_and_unmarked(self, api, planned):
        (node,) = plan_of(api, planned)["nodes"]
        assert self.mark(api, planned, node["fingerprint"]).json() == {"seen": 1, "total": 1}
        assert self.mark(api, planned, node["fingerprint"]).json() == {"seen": 1, "total": 1}
        assert plan_of(api, planned)["nodes"][0]["seen"] is True
        assert self.mark(api, planned, node["fingerprint"], seen=False).json() == {"seen": 0, "total": 1}
        assert SeenChange.objects.count() == 0

    def test_marks_are_everybodys_own(self, api, planned, approver):
        self.mark(api, planned, plan_of(api, planned)["nodes"][0]["fingerprint"])
        assert plan_of(api_of(approver), planned)["seen"] == 0

    def test_marks_stay_where_a_new_plan_has_the_same_change(self, api, stage):
        migration = stage.plan()
        nodes = plan_of(api, migration)["nodes"]
        self.mark(api, migration, *(node["fingerprint"] for node in nodes))
        stage.rename_in_dev("Another title")
        told = plan_of(api, again(stage, migration))
        assert (told["number"], told["seen"], told["total"]) == (2, 11, 12)
        assert [node["name"] for node in told["nodes"] if not node["seen"]] == ["Another title"]

    def test_a_fingerprint_of_another_plan_is_refused(self, api, planned):
        answer = self.mark(api, planned, "0" * 32)
        assert answer.status_code == 400
        assert "fingerprints" in answer.json()["fields"]
        assert SeenChange.objects.count() == 0


class TestSince:
    def test_a_first_plan_has_nothing_new(self, api, stage, protected):
        submit(actor=stage.author, migration=protected)
        told = plan_of(api, protected)
        assert told["since"] is None
        assert not any(node["new"] for node in told["nodes"])

    def test_after_an_approval_only_what_changed_since_is_new(self, api, stage, protected, approver):
        submit(actor=stage.author, migration=protected)
        decision = approve(actor=approver, migration=protected, checksum=protected.plans.get().checksum)
        stage.rename_in_dev("Another title")
        told = plan_of(api, again(stage, protected))
        assert (told["since"]["decision"], told["since"]["actor"]) == (decision.pk, "approver")
        assert [node["name"] for node in told["nodes"] if node["new"]] == ["Another title"]

    def test_who_submits_again_decides_nothing(self, api, stage, protected):
        submit(actor=stage.author, migration=protected)
        stage.rename_in_dev("Another title")
        second = again(stage, protected)
        submit(actor=stage.author, migration=second)
        told = plan_of(api, second)
        assert told["since"] is None
        assert not any(node["new"] for node in told["nodes"])

    def test_after_a_rejection_only_what_changed_since_is_new(self, api, stage, protected, approver):
        submit(actor=stage.author, migration=protected)
        checksum = protected.plans.get().checksum
        decision = reject(actor=approver, migration=protected, checksum=checksum, note="Not on a Friday")
        stage.rename_in_dev("Another title")
        second = again(stage, protected)
        submit(actor=stage.author, migration=second)
        told = plan_of(api, second)
        assert (told["since"]["decision"], told["since"]["actor"]) == (decision.pk, "approver")
        assert [node["name"] for node in told["nodes"] if node["new"]] == ["Another title"]

    def test_ones_own_decision_counts_before_a_later_one_of_somebody_else(self, stage, protected, approver):
        submit(actor=stage.author, migration=protected)
        checksum = protected.plans.get().checksum
        own = Decision.objects.create(
            migration=protected, plan=protected.plans.get(), checksum=checksum, actor=approver, kind="approve"
        )
        other = Decision.objects.create(
            migration=protected, plan=protected.plans.get(), checksum=checksum, actor=stage.author, kind="reject"
        )
        reader = make_person(stage.author, "reader", "viewer")
        assert last_decision(protected, approver, 2).decision == own
        assert last_decision(protected, reader, 2).decision == other
        assert last_decision(protected, reader, 1) is None

    def test_a_second_approver_is_shown_the_whole_plan_and_not_what_is_new_since_the_first(
        self, api, stage, protected, approver
    ):
        submit(actor=stage.author, migration=protected)
        approve(actor=approver, migration=protected, checksum=protected.plans.get().checksum)
        assert plan_of(api, protected)["since"] is None

    def test_what_is_new_beside_the_documents_is_said(self, api, stage, protected, approver):
        submit(actor=stage.author, migration=protected)
        approve(actor=approver, migration=protected, checksum=protected.plans.get().checksum)
        stage.rename_in_dev("Another title")
        assert plan_of(api, again(stage, protected))["since"]["beside"] is False


class TestChecks:
    def check(self, api, migration, code):
        return next(each for each in plan_of(api, migration)["checks"] if each["code"] == code)

    def test_the_target_is_known_to_be_unchanged_after_a_sync(self, api, stage, planned):
        assert self.check(api, planned, "target_unchanged")["ok"] is None
        sync_catalogue(environment=stage.target, reporter=Silent(), pause=0)
        assert self.check(api, planned, "target_unchanged") == {
            "code": "target_unchanged",
            "text": "“prod” is unchanged since the plan",
            "ok": True,
        }

    def test_a_change_of_the_target_is_seen_after_a_sync(self, api, stage, planned):
        sync_catalogue(environment=stage.target, reporter=Silent(), pause=0)
        CatalogueAsset.objects.filter(environment=stage.target, uuid=BIRTHS.uuid).update(content_hash="0" * 64)
        assert self.check(api, planned, "target_unchanged")["ok"] is False

    def test_a_catalogue_older_than_the_plan_says_nothing(self, api, stage, planned):
        sync_catalogue(environment=stage.target, reporter=Silent(), pause=0)
        CatalogueSync.objects.update(finished=planned.plans.get().created)
        assert self.check(api, planned, "target_unchanged")["ok"] is None

    def test_a_freeze_that_lasts_or_comes_is_named(self, api, stage, planned):
        assert self.check(api, planned, "freeze") == {"code": "freeze", "text": "No freeze", "ok": True}
        now = timezone.now()
        later = {"starts": now + timedelta(days=2), "ends": now + timedelta(days=3)}
        add_freeze(actor=stage.author, reason="Closing", environment=stage.target, **later)
        coming = self.check(api, planned, "freeze")
        assert (coming["ok"], coming["text"].startswith("No freeze until 2")) == (True, True)
        add_freeze(actor=stage.author, reason="Quiet", environment=stage.target, **{**later, "starts": now})
        frozen = self.check(api, planned, "freeze")
        assert (frozen["ok"], frozen["text"].endswith("Quiet")) == (False, True)

    def test_an_approval_is_ticked_off_once_it_is_given(self, api, stage, protected, approver):
        submit(actor=stage.author, migration=protected)
        assert self.check(api, protected, "approval")["ok"] is False
        approve(actor=approver, migration=protected, checksum=protected.plans.get().checksum)
        assert self.check(api, protected, "approval")["ok"] is True
        assert plan_of(api, protected)["expires"] is not None

    def test_an_unprotected_target_needs_none(self, api, planned):
        assert self.check(api, planned, "approval")["text"] == "No approval needed"


class TestResult:
    def test_it_says_what_was_written_repaired_and_verified(self, api, stage):
        migration = stage.plan()
        stage.apply(migration)
        run = overview(api, migration)["run"]
        assert (run["kind"], run["state"], run["verified"], len(run["written"])) == ("apply", "succeeded", 12, 12)
        assert run["seconds"] >= 0
        assert run["undo"] == {"possible": True, "sentence": "A rollback restores prod as it was before."}

    def test_the_references_that_were_set_are_listed(self, api, stage):
        migration = stage.plan()
        run = stage.apply(migration)
        one = {"asset": "chart “A”", "field": "params.slice_id", "before": "1", "after": "2"}
        run.result = {**run.result, "repairs": [one]}
        run.save()
        assert overview(api, migration)["run"]["repaired"] == [one]

    def test_what_cannot_be_undone_says_why(self, api, stage):
        migration = stage.plan()
        stage.apply(migration)
        stage.rollback(migration)
        undo = overview(api, migration)["run"]["undo"]
        assert (undo["possible"], undo["sentence"] != "") == (False, True)
