"""What a list is asked for and cannot read is refused; left out in silence, it would answer too much."""

from __future__ import annotations

import pytest

ASSETS = "environments/dev/assets"

REFUSED = [
    ("environments", "enabled", "maybe"),
    ("environments", "tier", "moon"),
    ("environments", "ordering", "secret"),
    ("environments", "search", "\0"),
    ("environments", "search", "word " * 2_000),
    ("environments", "search", "x" * 60_000),
    (ASSETS, "kind", "report"),
    (ASSETS, "uuid", "7"),
    (ASSETS, "id", "many"),
    (ASSETS, "id", "9" * 5_000),
    (ASSETS, "changed_after", "yesterday"),
    (ASSETS, "changed_before", "0001-01-01T00:00:00+23:00"),
    ("tasks", "state", "asleep"),
    ("tasks", "created_after", "9999-12-31T23:59:59-23:00"),
    ("audit", "at_before", "0001-01-01T00:00:00+23:00"),
    ("tasks", "page_size", "all"),
    ("tasks", "page_size", "0"),
    ("tasks", "page_size", "-5"),
    ("migrations", "status", "lost"),
    ("mappings", "source", "\0"),
    ("pairings", "kind", "database"),
]


@pytest.mark.parametrize(("route", "name", "value"), REFUSED, ids=[f"{row[1]}={row[2][:12]}" for row in REFUSED])
def test_an_invalid_query_parameter_is_refused_by_its_name(route, name, value, world, api):
    answer = api.get(f"/api/v1/{route}", {name: value})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])


@pytest.mark.parametrize("after", ["9" * 30, "-1", "x"])
def test_the_number_of_a_line_is_one(after, world, api):
    answer = api.get(f"/api/v1/tasks/{world.task.pk}/lines", {"after": after})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["after"])


@pytest.mark.parametrize("number", ["0", "9" * 30])
def test_a_number_that_nothing_has_is_not_there(number, world, api):
    assert api.get(f"/api/v1/tasks/{number}").status_code == 404
    assert api.get("/api/v1/tasks", {"page": number}).json()["fields"].keys() == {"page"}


def test_a_page_holds_no_more_than_the_largest(world, api):
    for _ in range(60):
        world.add_task()
    assert len(api.get("/api/v1/tasks", {"page_size": 50}).json()["results"]) == 50
    for size in (51, "9" * 5_000):
        answer = api.get("/api/v1/tasks", {"page_size": size})
        assert (answer.status_code, answer.json()["fields"]) == (
            400,
            {"page_size": ["Use a whole number from 1 to 50."]},
        )


def test_an_empty_filter_is_refused_by_its_name(world, api):
    """An unset variable of a script would otherwise get every row."""
    answer = api.get("/api/v1/environments", {"enabled": "", "tier": ""})
    assert (answer.status_code, sorted(answer.json()["fields"])) == (400, ["enabled", "tier"])


def test_an_asset_is_found_by_its_number_and_by_its_uuid(world, api):
    (row,) = api.get(f"/api/v1/{ASSETS}", {"kind": "chart", "id": 3}).json()["results"]
    assert api.get(f"/api/v1/{ASSETS}", {"uuid": row["uuid"]}).json()["results"] == [row]


def test_a_row_is_after_a_moment_or_before_it_and_never_both(world, api):
    row = api.get("/api/v1/tasks").json()["results"][0]
    after, before = (api.get("/api/v1/tasks", {bound: row["created"]}) for bound in ("created_after", "created_before"))
    assert row["id"] in [each["id"] for each in after.json()["results"]]
    assert row["id"] not in [each["id"] for each in before.json()["results"]]


def test_moments_bound_a_list(world, api):
    assert api.get(f"/api/v1/{ASSETS}", {"changed_after": "2020-01-01T00:00:00Z"}).json()["count"] == 2
    assert api.get(f"/api/v1/{ASSETS}", {"changed_before": "2020-01-01T00:00:00Z"}).json()["count"] == 0
    assert api.get("/api/v1/tasks", {"created_before": "2020-01-01"}).json()["count"] == 0
