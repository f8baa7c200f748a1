"""Attachments of assets on prod that are not in their documents, with all features of Superset enabled.

Judged by plain requests: owners, roles, tags, themes, embedding, row level security, alerts and reports.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from project.tests.real.conftest import Workshop
from project.tests.real.world import SALES, World, find
from rig.check.checker import snapshot
from rig.check.rest import RestError, Superset
from rig.lockstep import Lockstep
from rig.ports import free_ports
from rig.progress import Progress
from rig.servers.configuration import write_configuration
from rig.servers.pair import Pair
from rig.servers.tamper import tampering

FLAGS = ("TAGGING_SYSTEM", "EMBEDDED_SUPERSET", "ALERT_REPORTS", "DASHBOARD_RBAC")
KINDS = ("dashboard", "chart", "dataset")
PASSWORD = "vanish-into-thin-air"


@pytest.fixture(scope="module")
def featured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two servers with these features enabled."""
    dev_port, prod_port = free_ports(2)
    pair = Pair(tmp_path_factory.mktemp("featured"), dev_port=dev_port, prod_port=prod_port)
    for server in pair.both:
        server.folder.mkdir(parents=True)
        configuration = write_configuration(server.folder, name=server.name)
        flags = dict.fromkeys(FLAGS, True)
        configuration.write_text(f"{configuration.read_text()}FEATURE_FLAGS = {flags!r}\n")
    capture = request.config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            pair.up(Progress())
        yield pair
    finally:
        pair.wipe(Progress())


@pytest.fixture(scope="module")
def installed(featured: Pair, workshop: Workshop) -> Lockstep:
    world = World(featured, workshop.new())
    world.lockstep.check_output("migrate", "--verbosity", "0")
    world.lockstep.check_output("create_admin", "ada", "--password-stdin", stdin="correct horse battery staple")
    for server in featured.both:
        assert world.register(server.name, server.url, "--tier", server.name).code == 0
    return world.lockstep


@pytest.fixture
def world(featured: Pair, workshop: Workshop, installed: Lockstep) -> World:
    featured.reset()
    return World(featured, workshop.copy(installed))


@pytest.fixture
def empty(world: World) -> str:
    """The UUID of a dashboard without charts, which is imported by another endpoint."""
    number = world.dev.create("dashboard", {"dashboard_title": "Empty", "slug": "empty", "published": True})
    return str(world.dev.one("dashboard", number)["uuid"])


def by_uuid(server: Superset, kind: str) -> dict[str, int]:
    return {row["uuid"]: row["id"] for row in server.rows(kind, "id", "uuid")}


def attached(server: Superset) -> dict[str, Any]:
    """All attachments of the assets, by kind and UUID."""
    found: dict[str, Any] = {}
    for kind in KINDS:
        for uuid, number in by_uuid(server, kind).items():
            one = server.one(kind, number)
            found[f"{kind} {uuid}"] = {
                "owners": sorted(owner["id"] for owner in one["owners"]),
                "roles": sorted(role["id"] for role in one.get("roles", ())),
                "tags": sorted(tag["name"] for tag in one.get("tags", ()) if tag["type"] == 1),
                "theme": (one.get("theme") or {}).get("id"),
                "embedded": embedded(server, number) if kind == "dashboard" else None,
                "external": one.get("is_managed_externally"),
            }
    rules = server.get("rowlevelsecurity/?q=(columns:!(name,clause,tables.id,roles.id))")["result"]
    reports = server.get("report/?q=(columns:!(id,name,active,chart_id,dashboard_id))")["result"]
    return {**found, "rules": rules, "reports": reports}


def embedded(server: Superset, dashboard: int) -> str | None:
    try:
        return str(server.get(f"dashboard/{dashboard}/embedded")["result"]["uuid"])
    except RestError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def role(server: Superset, name: str) -> int:
    rows = server.get("security/roles/?q=(page_size:100)")["result"]
    return next(int(row["id"]) for row in rows if row["name"] == name)


def person(server: Superset, name: str, of: str = "Alpha") -> int:
    fields = {"username": name, "first_name": name, "last_name": "U", "email": f"{name}@example.org", "active": True}
    return int(server.post("security/users/", {**fields, "password": PASSWORD, "roles": [role(server, of)]})["id"])


def report(server: Superset, name: str, **about: int) -> int:
    (kind,) = about
    fields = {"type": "Report", "name": name, "crontab": "0 9 * * *", "creation_method": f"{kind}s"}
    return server.create("report", {**fields, "report_format": "PNG", "recipients": [], **about})


def decorate(server: Superset, *dashboards: str) -> None:
    """Give the assets of prod their own attachments: Bob as the only owner, and the rest."""
    bob, gamma = person(server, "bob"), role(server, "Gamma")
    for kind in KINDS:
        for number in by_uuid(server, kind).values():
            server.update(kind, number, {"owners": [bob]})
    theme = server.create("theme", {"theme_name": "Dark", "json_data": json.dumps({"token": {"colorPrimary": "#000"}})})
    numbers = by_uuid(server, "dashboard")
    for uuid in dashboards:
        number = numbers[uuid]
        server.post(f"tag/3/{number}/", {"properties": {"tags": ["prod-only"]}})
        server.update("dashboard", number, {"theme_id": theme, "roles": [gamma]})
        server.post(f"dashboard/{number}/embedded", {"allowed_domains": ["https://shop.example"]})
        report(server, f"Monday {number}", dashboard=number)
    chart = find(server, "chart", slice_name="Total Revenue")
    server.post(f"tag/2/{chart}/", {"properties": {"tags": ["prod-only"]}})
    report(server, "Tuesday", chart=chart)
    dataset = find(server, "dataset", table_name="cleaned_sales_data")
    rule = {"name": "EU", "filter_type": "Regular", "clause": "1 = 1", "tables": [dataset], "roles": [gamma]}
    server.post("rowlevelsecurity/", rule)


def edit(server: Superset, empty: str) -> None:
    """Change something of each kind on dev."""
    numbers = by_uuid(server, "dashboard")
    server.update("dashboard", numbers[SALES], {"dashboard_title": "Sales, new"})
    server.update("dashboard", numbers[empty], {"dashboard_title": "Empty, new"})
    server.update("chart", find(server, "chart", slice_name="Total Revenue"), {"description": "new"})
    server.update("dataset", find(server, "dataset", table_name="cleaned_sales_data"), {"description": "new"})


def test_an_apply_and_its_rollback_leave_everything_that_hangs_on_prod_s_assets(world: World, empty: str):
    world.migrate(SALES, empty)
    decorate(world.prod, SALES, empty)
    before, content = attached(world.prod), snapshot(world.prod)
    assert {name for name, each in before.items() if name.startswith("dashboard") and each["theme"]} != set()
    edit(world.dev, empty)
    migration = world.migrate(SALES, empty)
    assert attached(world.prod) == before
    assert len(content.changed(snapshot(world.prod))) == 4
    undone = world.roll_back(migration)
    assert undone.code == 0, undone
    assert attached(world.prod) == before
    assert content.changed(snapshot(world.prod)) == set()


def test_a_theme_that_somebody_chose_after_the_apply_survives_its_rollback(world: World, empty: str):
    world.migrate(SALES, empty)
    edit(world.dev, empty)
    migration = world.migrate(SALES, empty)
    decorate(world.prod, SALES, empty)
    before = attached(world.prod)
    undone = world.roll_back(migration)
    assert undone.code == 0, undone
    assert attached(world.prod) == before


def test_a_report_on_what_a_plan_overwrites_is_a_warning(world: World):
    world.migrate(SALES)
    report(world.prod, "Monday morning", chart=find(world.prod, "chart", slice_name="Total Revenue"))
    world.dev.update("chart", find(world.dev, "chart", slice_name="Total Revenue"), {"description": "new"})
    warnings = {note["kind"]: note["assets"] for note in world.plan(SALES).document["plan"]["warnings"]}
    assert warnings["reports_concerned"] == ["chart “Total Revenue”: report “Monday morning”"]


@pytest.mark.parametrize("kind", ["chart", "dashboard"])
def test_a_report_on_what_was_created_refuses_the_rollback_before_anything_is_removed(world: World, kind: str):
    migration = world.migrate(SALES)
    number = (
        by_uuid(world.prod, "dashboard")[SALES]
        if kind == "dashboard"
        else find(world.prod, "chart", slice_name="Total Revenue")
    )
    created = report(world.prod, "Monday morning", **{kind: number})
    before = snapshot(world.prod)
    _, log = world.logs()
    refused = world.roll_back(migration)
    assert "has alerts or reports: report “Monday morning”. Delete those first" in refused.sentence
    assert log.writes() == []
    assert before.changed(snapshot(world.prod)) == set()
    world.prod.delete("report", created)
    undone = world.roll_back(migration)
    assert undone.code == 0, undone
    assert world.prod.rows("dashboard", "id") == []


def test_a_dashboard_of_somebody_else_without_a_title_does_not_stop_a_rollback(world: World):
    migration = world.migrate(SALES)
    unrelated = world.prod.create("dashboard", {"dashboard_title": "x"})
    world.prod.update("dashboard", unrelated, {"dashboard_title": None})
    undone = world.roll_back(migration)
    assert undone.code == 0, undone
    assert [row["id"] for row in world.prod.rows("dashboard", "id")] == [unrelated]


def test_a_created_chart_on_a_dashboard_without_a_title_is_not_removed(world: World):
    migration = world.migrate(SALES)
    unrelated = world.prod.create("dashboard", {"dashboard_title": "x"})
    world.prod.update("dashboard", unrelated, {"dashboard_title": None})
    chart = find(world.prod, "chart", slice_name="Total Revenue")
    dashboards = [by_uuid(world.prod, "dashboard")[SALES], unrelated]
    world.prod.update("chart", chart, {"dashboards": dashboards})
    refused = world.roll_back(migration)
    assert (
        f"chart “Total Revenue” would be removed but is used by dashboard {unrelated} (without a name)"
        in refused.sentence
    )
    assert len(world.prod.rows("dashboard", "id")) == 2


def test_a_dashboard_of_dev_without_a_title_is_named_and_the_others_can_be_planned(world: World):
    number = world.dev.create("dashboard", {"dashboard_title": "x"})
    world.dev.update("dashboard", number, {"dashboard_title": None})
    refused = world.plan()
    assert f"dashboard {number} (without a name) of dev cannot be exported until it has a title" in refused.sentence
    assert world.plan(SALES).code == 2
    world.dev.update("dashboard", number, {"dashboard_title": "Now it has one"})
    assert world.plan().code == 2


def test_a_draft_of_somebody_else_with_the_uuid_of_a_dashboard_is_not_taken_over(world: World):
    number = find(world.dev, "dashboard", uuid=SALES)
    person(world.prod, "alice")
    draft = world.prod.create("dashboard", {"dashboard_title": "Of Ada", "uuid": SALES})
    world.dev.update("dashboard", number, {"slug": None})
    with tampering(world.prod.url) as proxy:  # the same server under another address
        arguments = ("environment", "add", "as alice", proxy.url, "--username", "alice", "--password-stdin")
        added = world.run(*arguments, stdin=PASSWORD)
        assert added.code == 0, added
        refused = world.plan(SALES, target="as alice")
    assert "which a dashboard of somebody else has on the target" in refused.sentence
    assert world.prod.one("dashboard", draft)["dashboard_title"] == "Of Ada"
