"""What an undo would do, before anybody does it, and without asking a server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.catalogue.models import CatalogueAsset
from apps.migrations.models import Run
from apps.migrations.tests.factories import BIRTHS
from apps.migrations.tests.people import make_person
from conftest import api_of


@pytest.fixture
def created(stage):
    """Applied: all of it is new on the target."""
    migration = stage.plan()
    stage.apply(migration)
    return migration


@pytest.fixture
def updated(stage, created):
    stage.rename_in_dev("New title")
    migration = stage.plan()
    stage.apply(migration)
    return migration


def preview(api, migration):
    answer = api.get(f"/api/v1/migrations/{migration.pk}/rollback/preview")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_what_was_created_would_be_removed_and_no_server_is_asked(api, stage, created):
    opened = stage.servers.opened.copy()
    told = preview(api, created)
    assert (told["possible"], told["reason"], told["restores"], told["cautions"]) == (True, "", [], [])
    assert {"kind": "dashboard", "name": "USA Births Names", "uuid": BIRTHS.uuid} in told["removes"]
    assert len(told["removes"]) == created.plans.get().summary["counts"]["create"]
    assert stage.servers.opened == opened


def test_what_was_changed_would_be_restored(api, updated):
    told = preview(api, updated)
    assert (told["possible"], told["removes"]) == (True, [])
    assert [(each["kind"], each["uuid"]) for each in told["restores"]] == [("dashboard", BIRTHS.uuid)]


def test_the_undo_does_what_the_preview_said(api, stage, updated):
    before = preview(api, updated)["restores"]
    stage.rollback(updated)
    assert len(before) == len(Run.objects.last().result["written"])
    told = preview(api, updated)
    assert (told["possible"], told["restores"]) == (False, [])
    assert told["reason"] == f"Migration {updated.pk} has already been rolled back."


def test_nothing_would_be_undone_of_what_was_not_applied(api, stage):
    migration = stage.plan()
    told = preview(api, migration)
    assert told == {
        "possible": False,
        "reason": f"Migration {migration.pk} has written nothing to “prod”.",
        "restores": [],
        "removes": [],
        "cautions": [],
    }


def test_who_may_not_reads_why_and_what_it_would_do(author, created):
    kim = make_person(author, "kim", "viewer")
    told = preview(api_of(kim), created)
    assert (told["possible"], bool(told["removes"])) == (False, True)
    assert "migrations.rollback" in told["reason"]


def test_a_later_migration_of_the_same_is_a_caution(api, created, updated):
    told = preview(api, created)
    assert f"dashboard “USA Births Names” was changed by migration {updated.pk}." in told["cautions"]
    assert preview(api, updated)["cautions"] == []


@pytest.mark.parametrize(
    ("seconds", "content", "changed"),
    [
        (60, "", True),
        (-60, "", False),
        (60, "as it was left", False),
        (-60, "something else", True),
    ],
)
def test_what_the_catalogue_has_seen_since_is_a_caution(api, created, stage, seconds, content, changed):
    finished = Run.objects.get().finished
    assert finished
    (after,) = [
        change["after"]
        for change in api.get(f"/api/v1/migrations/{created.pk}").json()["plan"]["changes"]
        if change["uuid"] == BIRTHS.uuid
    ]
    CatalogueAsset.objects.create(
        environment=stage.target,
        kind="dashboard",
        uuid=BIRTHS.uuid,
        asset_id=1,
        name="USA Births Names",
        changed_on=finished + timedelta(seconds=seconds),
        content_hash=after if content == "as it was left" else content,
        hashed_version="" if content else None,
        hashed_at=timezone.now() + timedelta(seconds=1),
        seen_at=timezone.now(),
    )
    cautions = preview(api, created)["cautions"]
    assert any("“USA Births Names” has been changed on the target since" in each for each in cautions) is changed


def test_a_damaged_snapshot_is_the_reason(api, updated, data_dir):
    (data_dir / "files" / Run.objects.last().snapshot_path).write_bytes(b"PK other")
    told = preview(api, updated)
    assert (told["possible"], told["restores"]) == (False, [])
    assert "was changed after it was written" in told["reason"]
