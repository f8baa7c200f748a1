"""One change for people: nothing of it is left out, and no secret is shown."""

from __future__ import annotations

import json

import pytest

from apps.superset.assets import Asset, Kind
from apps.superset.content.comparable import comparable
from apps.superset.diff.diff import diff
from apps.superset.plan.plan import Action, Change
from apps.superset.tests.builders import CHART, a_chart, a_column, a_dashboard, a_dataset, a_filter, a_layout, a_metric
from apps.superset.tests.world import recorded
from apps.superset.view.raw import as_yaml
from apps.superset.view.sections import Contents, Section, sections


def changed(before: Asset, after: Asset) -> Change:
    found = diff(comparable(before), comparable(after))
    return Change(after.key, after.name, Action.UPDATE, "1", "2", found)


def shown(before: Asset | None, after: Asset, *, stored: bool = True) -> list[Section]:
    change = changed(before, after) if before else Change(after.key, after.name, Action.CREATE, None, "2")
    return sections(change, Contents(before if stored else None, after))


def of_kind(found: list[Section], kind: str) -> list[Section]:
    return [each for each in found if each["kind"] == kind]


def rows(found: list[Section], code: str) -> list[Section]:
    return [row for each in of_kind(found, "fields") if each["code"] == code for row in each["rows"]]


def test_sql_is_shown_line_by_line():
    (text,) = shown(a_dataset(sql="SELECT a\nFROM t"), a_dataset(sql="SELECT b\nFROM t"))
    assert (text["kind"], text["language"], text["title"], text["added"], text["removed"]) == (
        "text",
        "sql",
        "SQL",
        1,
        1,
    )
    assert text["hunks"][0]["lines"][0]["after"] == [1, "SELECT b", [[7, 8]]]


def test_sql_that_is_too_long_for_the_plan_is_read_from_the_content():
    before, after = ("\n".join(f"{word} {n}" for n in range(4_000)) for word in ("a", "b"))
    (text,) = shown(a_dataset(sql=before), a_dataset(sql=after))
    assert text["added"] == text["removed"] == 4_000


def test_css_and_markdown_are_texts_of_their_own():
    before, after = a_dashboard(), a_dashboard(css="a {\n}")
    (text,) = of_kind(shown(before, after), "text")
    assert (text["language"], text["title"]) == ("css", "CSS")


def test_the_parts_of_a_metric_are_rows_with_their_words_marked():
    before = a_dataset(metrics=[a_metric("total", "SUM(a)", d3format=".1f")])
    after = a_dataset(metrics=[a_metric("total", "SUM(b)", d3format=".2f")])
    first, second = rows(shown(before, after), "metrics")
    assert (first["name"], first["before"], first["after"]) == ("total: expression", "SUM(a)", "SUM(b)")
    assert (first["marks_before"], first["marks_after"]) == ([[4, 5]], [[4, 5]])
    assert (second["name"], second["after"]) == ("total: d3format", ".2f")


def test_settings_filters_and_columns_have_their_own_fields():
    before = a_chart(params={"row_limit": 10, "groupby": ["a"], "adhoc_filters": []})
    after = a_chart(params={"row_limit": 20, "groupby": ["b"], "adhoc_filters": [{"subject": "a", "operator": "=="}]})
    found = shown(before, after)
    assert [(row["name"], row["before"], row["after"]) for row in rows(found, "settings")] == [
        ("row limit", "10", "20")
    ]
    assert [row["name"] for row in rows(found, "columns")] == ["dimensions"]
    assert [row["after"] for row in rows(found, "filters")] == ["a =="]


def test_who_sees_a_dashboard_is_a_matter_of_access():
    (row,) = rows(shown(a_dashboard(published=False), a_dashboard(published=True)), "access")
    assert (row["name"], row["before"], row["after"]) == ("published", "no", "yes")


def test_a_moved_chart_is_in_the_picture_and_nowhere_else():
    other = "00000000-0000-4000-8000-000000000009"
    before, after = (a_dashboard(position=a_layout(*charts)) for charts in ((CHART, other), (CHART,)))
    found = shown(before, after)
    assert [each["kind"] for each in found] == ["layout"]
    assert found[0]["summary"] == "1 removed"
    assert [box["state"] for box in found[0]["before"]] == ["same", "removed"]


def test_a_plan_of_an_earlier_release_shows_the_layout_after_it():
    before, after = a_dashboard(position=a_layout()), a_dashboard(position=a_layout(CHART))
    layout, *rest = shown(before, after, stored=False)
    assert (layout["before"], len(layout["after"])) == ([], 1)
    assert "not stored" in layout["summary"]
    assert "added" in json.dumps(rest)


def test_what_is_new_is_shown_with_all_that_it_is_made_of():
    found = shown(None, a_dataset(sql="SELECT 1", columns=[a_column("country")]))
    assert [row["name"] for row in rows(found, "columns")] == ["country"]
    assert [row["after"] for row in rows(found, "metrics")] == ["COUNT(*)"]
    assert [text["title"] for text in of_kind(found, "text")] == ["SQL"]
    assert all(row["before"] is None for each in of_kind(found, "fields") for row in each["rows"])


SECRETS = [
    (a_chart(params={"mapbox_api_key": "hunter22"}), a_chart(params={"mapbox_api_key": "swordfish"})),
    (a_chart(params={"extra": {"password": "hunter22"}}), a_chart(params={"extra": {"password": "swordfish"}})),
    (a_chart(params={"url": "https://u:hunter22@x.org/"}), a_chart(params={"url": "https://u:swordfish@x.org/"})),
    (a_dataset(sql="-- https://u:hunter22@x.org/\n1"), a_dataset(sql="-- https://u:swordfish@x.org/\n1")),
]


@pytest.mark.parametrize(("before", "after"), SECRETS)
def test_a_secret_is_hidden_and_said_to_change(before, after):
    found = shown(before, after)
    (row,) = [row for each in of_kind(found, "fields") for row in each["rows"]]
    assert (row["secret"], row["before"], row["after"]) == (True, None, None)
    assert row["sentence"].endswith("hidden, changes")
    text = json.dumps([found, as_yaml(before), as_yaml(after)])
    assert "hunter22" not in text
    assert "swordfish" not in text


def test_a_metric_is_no_secret_because_of_its_name():
    before = a_dataset(metrics=[a_metric("token_count", "SUM(a)")])
    after = a_dataset(metrics=[a_metric("token_count", "SUM(b)")])
    (row,) = rows(shown(before, after), "metrics")
    assert (row["secret"], row["after"]) == (False, "SUM(b)")


def test_every_difference_has_a_place():
    before = a_dashboard(metadata={"label_colors": {"a": "red"}, "unknown": 1, "refresh_frequency": 30})
    after = a_dashboard(
        "Sales 2",
        slug="sales",
        css="a\nb",
        metadata={
            "label_colors": {"a": "blue"},
            "unknown": 2,
            "refresh_frequency": 60,
            "native_filter_configuration": [a_filter(), a_filter("Year")],
        },
    )
    change, found = changed(before, after), shown(before, after)
    placed = sum(len(each["rows"]) if each["kind"] == "fields" else 1 for each in found)
    assert placed == len(change.differences) >= 7


def test_each_recorded_asset_is_shown_as_new():
    for asset in recorded():
        if asset.kind is not Kind.DATABASE:
            assert json.dumps(shown(None, asset))
