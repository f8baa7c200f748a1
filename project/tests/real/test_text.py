"""Titles and settings that real Supersets store although terminals and databases cannot handle them."""

from __future__ import annotations

from project.tests.real.world import BIRTHS, MAPPING, SALES, World, edit_json, find

FORGED = "USA Births\n  + a dashboard that is not there\u202e\x1b[2J"


def test_a_title_that_would_forge_a_plan_travels_as_it_is_and_is_shown_as_escapes(world: World):
    births = find(world.dev, "dashboard", slug="births")
    world.dev.update("dashboard", births, {"dashboard_title": FORGED})
    shown = world.run("migration", "plan", "dev", "prod", "--dashboard", BIRTHS, "--map-database", MAPPING)
    assert all(line.isprintable() for line in shown.stdout.splitlines() + shown.stderr.splitlines())
    assert r"USA Births\n  + a dashboard that is not there\u202e\x1b[2J" in shown.stdout
    assert not any(line.startswith("  + a dashboard") for line in shown.stdout.splitlines())
    world.migrate(BIRTHS)
    assert world.prod.one("dashboard", find(world.prod, "dashboard", slug="births"))["dashboard_title"] == FORGED
    assert world.check(BIRTHS).equal


def test_text_that_no_database_takes_is_refused_by_name_and_keeps_back_nothing_beside_it(world: World):
    sales = next(row["id"] for row in world.dev.rows("dashboard", "id", "uuid") if row["uuid"] == SALES)
    world.dev.update("dashboard", sales, {"dashboard_title": "Sales\0Dashboard"})
    refused = world.plan(SALES)
    assert (
        "dashboard “Sales\\x00Dashboard” of the source contains characters that no database stores" in refused.sentence
    )
    synced = world.run("catalogue", "sync", "dev")
    assert synced.code == 0, synced
    assert "“Sales\\x00Dashboard” contains characters that no database stores" in synced.stderr
    world.migrate(BIRTHS)
    girls = find(world.dev, "chart", slice_name="Girls")
    edit_json(world.dev, "chart", girls, "params", lambda params: params.update(subtitle="half \ud83d a pair"))
    assert "chart “Girls” of the source contains" in world.plan(BIRTHS).sentence
