"""Owners, roles, row level security, tags and embedding that travel, judged by what a second person lists and reads on
prod."""

from __future__ import annotations

from typing import Any

import pytest

from project.tests.real.test_access import sign_in_as
from project.tests.real.test_side_effects import PASSWORD, attached, by_uuid, featured, installed, person, role, world
from project.tests.real.world import MAPPING, SALES, CommandResult, World, find
from rig.check.checker import snapshot
from rig.check.rest import Superset

__all__ = ["featured", "installed", "world"]

RULE = "EMEA only"
SHOP, INTRANET = "https://shop.example", "https://intranet.example"


def staff(server: Superset, *before: str) -> dict[str, int]:
    """The same people on both sides, under other numbers because others came `before`, and a role of their own."""
    for name in before:
        person(server, name)
    server.post("security/roles/", {"name": "Sales"})
    numbers = {"bob": person(server, "bob"), "eve": person(server, "eve", "Gamma")}
    numbers |= {"sam": person(server, "sam"), "gus": person(server, "gus", "Gamma")}
    for name in ("eve", "sam"):
        roles = [role(server, "Sales"), role(server, "Gamma" if name == "eve" else "Alpha")]
        server.update("security/users", numbers[name], {"roles": roles})
    return numbers


def furnish(dev: Superset, people: dict[str, int]) -> None:
    """On dev, the dashboard belongs to Bob, is restricted to the role, tagged and embedded, and its rows are."""
    number = by_uuid(dev, "dashboard")[SALES]
    dataset = find(dev, "dataset", table_name="cleaned_sales_data")
    dev.post(f"tag/3/{number}/", {"properties": {"tags": ["quarterly"]}})
    embed(dev, SHOP, INTRANET)
    dev.update("dashboard", number, {"owners": [people["bob"]], "roles": [role(dev, "Sales")]})
    dev.update("dataset", dataset, {"owners": [people["bob"]]})
    fields = {"name": RULE, "filter_type": "Regular", "clause": "territory = 'EMEA'", "description": "by region"}
    dev.post("rowlevelsecurity/", {**fields, "tables": [dataset], "roles": [role(dev, "Sales")]})


def embed(server: Superset, *domains: str) -> None:
    server.post(f"dashboard/{by_uuid(server, 'dashboard')[SALES]}/embedded", {"allowed_domains": list(domains)})


def embedding(server: Superset) -> dict[str, Any]:
    """Its `uuid` and `allowed_domains`."""
    found = server.get(f"dashboard/{by_uuid(server, 'dashboard')[SALES]}/embedded")["result"]
    return {name: found[name] for name in ("uuid", "allowed_domains")}


def plan(world: World, carry: str, *options: str) -> CommandResult:
    chosen = ("migration", "plan", "dev", "prod", "--dashboard", SALES, "--map-database", MAPPING)
    return world.run(*chosen, "--carry", carry, *options, "--format", "json")


def lists(server: Superset, name: str) -> bool:
    """Whether a person's own list has the dashboard."""
    own = Superset(server.url, username=name, password=PASSWORD)
    return SALES in {row["uuid"] for row in own.rows("dashboard", "uuid")}


def territories(server: Superset, name: str) -> set[str]:
    """What a person reads in the dataset."""
    dataset = find(server, "dataset", table_name="cleaned_sales_data")
    query = {"columns": ["territory"], "metrics": [], "row_limit": 10000}
    body = {"datasource": {"id": dataset, "type": "table"}, "queries": [query], "result_format": "json"}
    own = Superset(server.url, username=name, password=PASSWORD)
    [result] = own.post("chart/data", body)["result"]
    return {row["territory"] for row in result["data"]}


def rules(server: Superset) -> list[dict[str, Any]]:
    found = server.get("rowlevelsecurity/?q=(columns:!(name,clause,tables.id,roles.name))")["result"]
    return [{**row, "tables": [each["id"] for each in row["tables"]]} for row in found]


def test_all_of_it_travels_to_an_empty_target_and_goes_again(world: World) -> None:
    here, there = staff(world.dev), staff(world.prod, "zoe", "kim")
    assert here["bob"] != there["bob"]
    furnish(world.dev, here)
    before, content = attached(world.prod), snapshot(world.prod)

    planned = plan(world, "all")
    assert planned.code == 2, planned
    document = planned.document["plan"]
    assert [note["kind"] for note in document["losses"]] == []
    [access] = document["access"]
    assert access["before"] == []
    assert access["after"] == ["admin", "bob", "eve", "sam"]

    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    number = by_uuid(world.prod, "dashboard")[SALES]
    found = world.prod.one("dashboard", number)
    assert [owner["id"] for owner in found["owners"]] == [there["bob"]]
    assert [each["name"] for each in found["roles"]] == ["Sales"]
    assert [tag["name"] for tag in found["tags"] if tag["type"] == 1] == ["quarterly"]
    assert found["published"] is True
    assert embedding(world.prod)["allowed_domains"] == [SHOP, INTRANET]
    assert embedding(world.prod)["uuid"] != embedding(world.dev)["uuid"]
    dataset = find(world.prod, "dataset", table_name="cleaned_sales_data")
    assert [owner["id"] for owner in world.prod.one("dataset", dataset)["owners"]] == [there["bob"]]
    [rule] = rules(world.prod)
    assert (rule["clause"], rule["tables"]) == ("territory = 'EMEA'", [dataset])

    people = ("bob", "eve", "sam", "gus", "zoe", "kim")
    assert {name for name in people if lists(world.prod, name)} == {*access["after"]} - {"admin"}
    assert territories(world.prod, "sam") == {"EMEA"}
    assert len(territories(world.prod, "zoe")) > 1
    assert plan(world, "all").code == 0

    undone = world.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert attached(world.prod) == before
    assert content.changed(snapshot(world.prod)) == set()
    tags = world.prod.get("tag/?q=(columns:!(name,type))")["result"]
    assert "quarterly" not in {tag["name"] for tag in tags}


def test_what_prod_had_comes_back(world: World) -> None:
    here, there = staff(world.dev), staff(world.prod, "zoe", "kim")
    world.migrate(SALES)
    furnish(world.dev, here)
    number = by_uuid(world.prod, "dashboard")[SALES]
    dataset = find(world.prod, "dataset", table_name="cleaned_sales_data")
    world.prod.update("dashboard", number, {"owners": [there["gus"]], "roles": [role(world.prod, "Gamma")]})
    world.prod.post(f"tag/3/{number}/", {"properties": {"tags": ["prod-only"]}})
    rule = {"name": RULE, "filter_type": "Base", "clause": "1 = 1", "description": "old", "group_key": "region"}
    world.prod.post("rowlevelsecurity/", {**rule, "tables": [dataset], "roles": [role(world.prod, "Gamma")]})
    embed(world.prod, INTRANET)
    own = embedding(world.prod)
    before, content = attached(world.prod), snapshot(world.prod)
    world.dev.update("dashboard", by_uuid(world.dev, "dashboard")[SALES], {"dashboard_title": "Sales, new"})

    loosened = f"rules-loosened:dataset/{sales_dataset(world.dev)}"
    assert loosened in str(plan(world, "all").document)
    planned = plan(world, "all", "--acknowledge", loosened)
    [access] = planned.document["plan"]["access"]
    gained = sorted({*access["after"]} - {*access["before"]})
    lost = sorted({*access["before"]} - {*access["after"]})
    seen = {name: lists(world.prod, name) for name in ("bob", "eve", "sam", "gus", "zoe", "kim")}
    assert {name for name, is_seen in seen.items() if is_seen} == {*access["before"]} - {"admin"}
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    now = {name: lists(world.prod, name) for name in seen}
    assert sorted(name for name in seen if now[name] and not seen[name]) == gained
    assert sorted(name for name in seen if seen[name] and not now[name]) == lost
    assert [each["clause"] for each in rules(world.prod)] == ["territory = 'EMEA'"]
    assert embedding(world.prod) == {**own, "allowed_domains": [SHOP, INTRANET]}

    undone = world.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert attached(world.prod) == before
    assert content.changed(snapshot(world.prod)) == set()
    assert {name: lists(world.prod, name) for name in seen} == seen
    assert embedding(world.prod) == own


def test_a_role_that_prod_lacks_refuses_and_arrives_unpublished_if_acknowledged(world: World) -> None:
    here = staff(world.dev)
    for name in ("bob", "eve"):
        person(world.prod, name)
    furnish(world.dev, here)
    refused = plan(world, "owners,roles,tags")
    assert "is restricted to “Sales” on the source" in refused.sentence
    names = (f"restricted:dashboard/{SALES}", f"row-level-security:dataset/{sales_dataset(world.dev)}")
    planned = plan(world, "owners,roles,tags", "--acknowledge", *names)
    assert planned.code == 2, planned
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    found = world.prod.one("dashboard", by_uuid(world.prod, "dashboard")[SALES])
    assert found["published"] is False
    assert found["roles"] == []
    assert lists(world.prod, "bob")  # its owner
    assert not lists(world.prod, "eve")


def sales_dataset(server: Superset) -> str:
    number = find(server, "dataset", table_name="cleaned_sales_data")
    return next(uuid for uuid, each in by_uuid(server, "dataset").items() if each == number)


def test_an_account_that_may_not_read_users_says_that_access_is_unknown(world: World) -> None:
    here = staff(world.dev)
    staff(world.prod, "alfa")
    world.dev.update("dashboard", by_uuid(world.dev, "dashboard")[SALES], {"owners": [here["bob"]]})
    sign_in_as(world, "alfa")
    planned = plan(world, "owners,roles")
    assert planned.code == 2, planned
    document = planned.document["plan"]
    assert [(each["before"], each["after"]) for each in document["access"]] == [(None, None)]
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    owners = world.prod.one("dashboard", by_uuid(world.prod, "dashboard")[SALES])["owners"]
    assert sorted(owner["first_name"] for owner in owners) == ["alfa", "bob"]
    text = world.run("migration", "show", str(planned.migration)).stdout
    assert "unknown: it cannot be determined on the target" in text


def test_any_domain_opens_no_dashboard_that_prod_restricts(world: World) -> None:
    world.migrate(SALES)
    embed(world.dev)
    embed(world.prod, INTRANET)
    own = embedding(world.prod)
    planned = plan(world, "embedding")
    assert planned.code == 0, planned
    kept = next(note for note in planned.document["plan"]["warnings"] if note["kind"] == "embedding_kept")
    assert kept["assets"] == [f"dashboard “Sales Dashboard”: {INTRANET}"]
    assert embedding(world.prod) == own


@pytest.mark.parametrize("carry", ["owners,tag", ""])
def test_a_name_that_nothing_carries_is_refused(world: World, carry: str) -> None:
    refused = plan(world, carry)
    assert refused.code == 1
    assert "is none of" in refused.stderr


def lift_roles(prod: Superset) -> None:
    prod.update("dashboard", by_uuid(prod, "dashboard")[SALES], {"roles": []})


def lift_rule(prod: Superset) -> None:
    number = prod.get("rowlevelsecurity/?q=(columns:!(id,name))")["result"][0]["id"]
    prod.delete("rowlevelsecurity", number)


@pytest.mark.parametrize(
    ("lift", "said"),
    [(lift_roles, "had the roles Sales, and has none by now"), (lift_rule, f"“{RULE}” no longer restricts dataset")],
)
def test_what_hid_it_on_prod_and_is_lifted_since_the_plan_stops_the_run(world: World, lift: Any, said: str) -> None:
    """The plan carries neither roles nor rules: prod has its own."""
    here = staff(world.dev)
    staff(world.prod, "zoe", "kim")
    furnish(world.dev, here)
    assert world.apply(plan(world, "roles,rules").migration).code == 0
    world.dev.update("dashboard", by_uuid(world.dev, "dashboard")[SALES], {"dashboard_title": "Sales, new"})
    planned = plan(world, "none")
    assert planned.code == 2, planned
    lift(world.prod)
    _, log = world.logs()
    refused = world.apply(planned.migration)
    assert said in refused.sentence
    assert "Nothing was written." in refused.sentence
    assert log.writes() == []


def test_tags_that_prod_had_before_the_run_stay_after_its_undo(world: World) -> None:
    here = staff(world.dev)
    staff(world.prod, "zoe", "kim")
    world.migrate(SALES)
    furnish(world.dev, here)
    planned = plan(world, "owners,roles,rules,tags")
    number = by_uuid(world.prod, "dashboard")[SALES]
    world.prod.post(f"tag/3/{number}/", {"properties": {"tags": ["quarterly"]}})
    before = attached(world.prod)
    assert world.apply(planned.migration).code == 0
    undone = world.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert "tags" in undone.stdout
    assert attached(world.prod) == before
