"""What is kept beside a plan, and filled in for plans of earlier releases."""

from __future__ import annotations

import importlib
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection

from apps.migrations.models import PlannedAsset, PlanRecord
from apps.migrations.tests.factories import BIRTHS

pytestmark = pytest.mark.django_db


def test_a_plan_keeps_its_numbers_and_its_assets(stage):
    plan = stage.plan().plans.get()
    counts = plan.summary["counts"]
    assert plan.summary["dashboards"] == 1
    assert counts["create"] == plan.assets.filter(action="create").count() > 2
    assert {name: counts[name] for name in ("update", "orphan", "remove", "losses")} == dict.fromkeys(
        ("update", "orphan", "remove", "losses"), 0
    )
    assert plan.assets.get(kind="dashboard").uuid == UUID(BIRTHS.uuid)
    assert str(plan.assets.get(kind="dashboard")) == "create dashboard USA Births Names"


def test_an_update_is_counted(stage):
    stage.apply(stage.plan())
    stage.rename_in_dev("New title")
    counts = stage.plan().plans.get().summary["counts"]
    assert (counts["create"], counts["update"]) == (0, 1)
    assert counts["unchanged"] > 2


def test_earlier_plans_get_theirs_by_the_migration_of_the_database(stage):
    record = stage.plan().plans.get()
    summary, assets = record.summary, set(record.assets.values_list("uuid", "action"))
    connection.cursor().execute("DELETE FROM migrations_plannedasset")
    connection.cursor().execute("UPDATE migrations_planrecord SET summary = NULL")
    step = importlib.import_module("apps.migrations.migrations.0003_planned_assets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apps.core.append_only.AppendOnlyQuerySet.update", _update)
        step.summarise(apps, connection.schema_editor())
    assert PlanRecord.objects.get().summary == summary
    assert set(PlannedAsset.objects.values_list("uuid", "action")) == assets


def _update(rows, **changes):
    """As the models in a migration of the database do."""
    return super(type(rows), rows).update(**changes)
