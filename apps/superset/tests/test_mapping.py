"""Which database stands for which: suggestions with a reason, and never a silent choice."""

from __future__ import annotations

from itertools import count

import pytest

from apps.superset.planning.mapping import DatabaseEntry, apply_mapping, likeness, suggest
from apps.superset.tests.builders import DATABASE, a_chart, a_database, a_dataset, uuid

NUMBERS = count(1000)


def entry(name: str, backend: str = "postgresql", number: int = 0) -> DatabaseEntry:
    return DatabaseEntry(uuid(number or next(NUMBERS)), name, backend)


def suggested(source: DatabaseEntry, *targets: DatabaseEntry):
    (found,) = suggest([source], targets)
    return found


@pytest.mark.parametrize(
    ("source", "right", "wrong"),
    [
        ("Dev DWH", "Prod DWH", "Prod CRM"),
        ("dwh_dev", "dwh_prod", "dwh_archive_prod"),
        ("DWHDev", "DWHProd", "HRProd"),
        ("dwhdev", "dwhprod", "hrprod"),
        ("analytics-test", "analytics", "analytics-old"),
        ("[DEV] Sales / EU", "Sales EU (production)", "Sales US (production)"),
        ("stage.warehouse.finance", "Finance Warehouse PROD", "Marketing Warehouse PROD"),
        ("Хранилище (тест)", "Хранилище ПРОД", "Склад ПРОД"),
        ("ХД разработка", "ХД продуктив", "ЦФТ продуктив"),
        ("clickhouse_uat_2", "clickhouse_prod_2", "clickhouse_prod_1"),
        ("PostgreSQL local", "PostgreSQL", "Greenplum"),
    ],
)
def test_awkward_pairs_find_each_other(source, right, wrong):
    found = suggested(entry(source), entry(wrong), entry(right))
    assert found.target is not None, found.reason
    assert found.target.name == right
    assert found.score >= 70


@pytest.mark.parametrize(
    ("source", "target"),
    [("examples", "warehouse"), ("latest", "contest"), ("devices", "production"), ("dev_sales", "dev_stocks")],
)
def test_names_that_are_not_alike_are_not_suggested(source, target):
    found = suggested(entry(source), entry(target))
    assert found.target is None
    assert str(found.reason) == f"no name is similar enough; the target's postgresql databases: “{target}”"
    assert [each.target.name for each in found.candidates] == [target]


def test_the_same_uuid_wins_over_any_name():
    found = suggested(entry("dwh", number=5), entry("dwh"), entry("something else", number=5))
    assert (found.target.name, found.score, str(found.reason)) == (
        "something else", 100, "same database (same UUID)",
    )  # fmt: skip


def test_the_same_name_wins_over_a_name_that_is_the_same_but_for_the_environment():
    found = suggested(entry("dwh_dev"), entry("dwh"), entry("dwh_dev"))
    assert (found.target.name, found.score, str(found.reason)) == ("dwh_dev", 100, "same name and engine (postgresql)")


def test_the_reason_of_a_suggestion_says_what_is_alike():
    found = suggested(entry("dwh_dev"), entry("dwh_prod"))
    assert (found.score, str(found.reason)) == (95, "same name except for the environment, same engine (postgresql)")
    assert "% similar" in str(suggested(entry("sales_europe"), entry("sales_euro")).reason)


def test_equally_likely_databases_are_both_named_and_neither_is_chosen():
    found = suggested(entry("dwh_dev"), entry("dwh_prod"), entry("dwh_stage"), entry("hr_prod"))
    assert found.target is None
    assert str(found.reason) == "“dwh_prod” and “dwh_stage” are equally likely; choose one"
    assert [each.target.name for each in found.candidates] == ["dwh_prod", "dwh_stage", "hr_prod"]


def test_another_engine_is_never_suggested():
    found = suggested(entry("dwh", "mysql"), entry("dwh", "postgresql"))
    assert (found.target, str(found.reason)) == (None, "the target has no mysql database")


def test_an_engine_is_the_same_with_and_without_its_driver():
    assert suggested(entry("dwh", "postgres"), entry("dwh", "postgresql+psycopg2")).score == 100


def test_names_that_say_only_the_environment_are_reported_as_such():
    assert "both names only state an environment" in str(suggested(entry("dev"), entry("prod")).reason)


def test_each_source_has_its_suggestion_in_order():
    found = suggest([entry("b_dev"), entry("a_dev")], [entry("a_prod"), entry("b_prod")])
    assert [(each.source.name, each.target.name if each.target else "") for each in found] == [
        ("b_dev", "b_prod"),
        ("a_dev", "a_prod"),
    ]


def test_likeness_goes_both_ways():
    assert likeness("DWHDev", "dwh prod") == likeness("dwh prod", "DWHDev") == 95


def test_a_dataset_is_moved_to_the_mapped_database():
    moved = apply_mapping(a_dataset(), {DATABASE: uuid(90)})
    assert moved.document["database_uuid"] == uuid(90)
    assert a_dataset().document["database_uuid"] == DATABASE


def test_other_assets_and_unmapped_databases_stay():
    for asset in (a_chart(), a_database(), a_dataset(database_uuid=uuid(80))):
        assert apply_mapping(asset, {DATABASE: uuid(90)}) == asset
