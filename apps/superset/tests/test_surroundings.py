"""Embedding, alerts and reports: reported as lost from the source, and as affected on the target."""

from __future__ import annotations

import json

import pytest

from apps.superset.assets import Key
from apps.superset.errors import NotConfigured, NotFound, NotPermitted, SupersetError
from apps.superset.plan.plan import Action
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, World


@pytest.fixture
def world() -> World:
    return World(SALES, BIRTHS)


def report(server: FakeSuperset, key: Key, name: str = "Monday", **more: object) -> dict[str, object]:
    return {"id": 1, "name": name, "type": "Report", f"{key.kind}_id": server.id_of(key), **more}


def losses(world: World, *names: str) -> dict[str, tuple[str, ...]]:
    kinds = ("embedding", "embedding_unknown", "reports", "reports_unknown")
    return {note.kind: note.assets for note in world.plan(*names).plan.losses if note.kind in kinds}


def warnings(world: World) -> dict[str, tuple[str, ...]]:
    kinds = ("reports_concerned", "report_tabs_gone", "reports_unknown")
    return {note.kind: note.assets for note in world.plan().plan.warnings if note.kind in kinds}


def test_nothing_is_reported_where_nothing_surrounds_a_dashboard(world: World) -> None:
    assert losses(world) == {}
    assert warnings(world) == {}


def test_embedding_of_a_dashboard_of_the_plan_is_lost(world: World) -> None:
    world.dev.embeddings[SALES] = {"uuid": "u", "allowed_domains": []}
    assert losses(world) == {"embedding": ("dashboard “Sales Dashboard”",)}
    assert losses(world, "births") == {}


def test_alerts_and_reports_on_migrated_assets_are_reported_as_lost(world: World) -> None:
    world.dev.reports = [report(world.dev, SALES), report(world.dev, REVENUE, "Low\x1b", type="Alert")]
    found = losses(world)["reports"]
    assert set(found) == {"dashboard “Sales Dashboard”: report “Monday”", "chart “Total Revenue”: alert “Low\\x1b”"}
    assert losses(world, "births") == {}


@pytest.mark.parametrize("error", [NotPermitted, NotConfigured])
def test_reports_that_the_source_does_not_show_are_reported_as_unknown(
    world: World, error: type[SupersetError]
) -> None:
    world.dev.unshown["report"] = error("no", environment="dev")
    assert losses(world) == {"reports_unknown": ()}


def test_a_superset_without_alerts_and_reports_reports_no_loss(world: World) -> None:
    world.dev.unshown["report"] = NotFound("off", environment="dev")
    assert losses(world) == {}


def test_an_account_that_sees_only_its_own_reports_is_warned(world: World) -> None:
    world.dev.sees_all_data = False
    assert losses(world) == {"reports_unknown": ()}


class TestOnATargetThatHasThem:
    @pytest.fixture
    def world(self) -> World:
        """The title of one dashboard is to change, and the settings of one of its charts."""
        world = World(SALES, BIRTHS)
        world.apply(world.plan())
        world.dev.document(SALES)["css"] = "a {}"
        world.dev.document(REVENUE)["params"]["time_range"] = "Last year"
        return world

    def test_reports_about_what_is_overwritten_are_named(self, world: World) -> None:
        world.prod.reports = [report(world.prod, SALES), report(world.prod, REVENUE, "Low"), report(world.prod, BIRTHS)]
        assert set(warnings(world)["reports_concerned"]) == {
            "dashboard “Sales Dashboard”: report “Monday”",
            "chart “Total Revenue”: report “Low”",
        }

    def test_reports_about_what_is_left_behind_are_named(self, world: World) -> None:
        position = world.dev.document(SALES)["position"]
        (node,) = [name for name, each in position.items() if name.startswith("CHART") and _is(each, REVENUE)]
        del position[node]
        for each in position.values():
            if isinstance(each, dict) and node in each.get("children", ()):
                each["children"].remove(node)
        number = world.dev.id_of(SALES) or 0
        world.dev.members[number].remove(world.dev.id_of(REVENUE) or 0)
        world.prod.reports = [report(world.prod, REVENUE, "Low")]
        plan = world.plan().plan
        assert [change.name for change in plan.with_action(Action.ORPHAN)] == ["Total Revenue"]
        assert warnings(world) == {"reports_concerned": ("chart “Total Revenue”: report “Low”",)}

    @pytest.mark.parametrize("anchor", ["TAB-gone", json.dumps(["TAB-gone", "ROOT_ID"])])
    def test_a_report_on_a_tab_that_the_new_layout_lacks_is_named_with_the_tab(self, world: World, anchor: str) -> None:
        world.prod.reports = [report(world.prod, SALES, extra={"dashboard": {"anchor": anchor}})]
        assert warnings(world)["report_tabs_gone"] == ("dashboard “Sales Dashboard”: report “Monday” (TAB-gone)",)

    @pytest.mark.parametrize("extra", [None, {}, [], {"dashboard": None}, {"dashboard": {"anchor": "ROOT_ID"}}])
    def test_a_report_on_no_tab_or_a_remaining_tab_is_only_mentioned(self, world: World, extra: object) -> None:
        world.prod.reports = [report(world.prod, SALES, extra=extra)]
        assert "report_tabs_gone" not in warnings(world)

    def test_reports_that_the_target_does_not_show_are_reported_as_unknown(self, world: World) -> None:
        world.prod.unshown["report"] = NotPermitted("no", environment="prod")
        assert warnings(world) == {"reports_unknown": ()}


def _is(node: object, chart: Key) -> bool:
    return isinstance(node, dict) and node.get("meta", {}).get("uuid") == chart.uuid
