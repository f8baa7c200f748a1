"""Which domains may embed a dashboard travels: planned, set, verified and undone; nothing is opened by accident."""

from __future__ import annotations

from typing import Any

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.errors import NotPermitted, NotVerified, PlanStale, PlanUnsafe
from apps.superset.execution.stages import Choice
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Plan
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.carrying import found, notes, plan, world
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import SALES, World

__all__ = ["world"]

SHOP, BLOG, INTRANET = "https://shop.example", "https://blog.example", "https://intranet.example"


def allow(server: FakeSuperset, *domains: str, uuid: str = "own") -> None:
    server.embeddings[SALES] = {"uuid": uuid, "allowed_domains": list(domains)}


@pytest.fixture
def settled(world: World) -> World:
    """The content is on prod already."""
    world.apply(plan(world))
    world.prod.writes.clear()
    return world


def test_a_new_dashboard_gets_the_domains_under_a_uuid_of_the_target(world: World) -> None:
    allow(world.dev, SHOP, BLOG)
    planned = plan(world, Aspect.EMBEDDING)
    assert found(planned, Aspect.EMBEDDING)[SALES].added == (f"{SHOP}, {BLOG}",)
    assert "embedding" not in notes(planned)
    world.apply(planned)
    assert world.prod.embeddings[SALES]["allowed_domains"] == [SHOP, BLOG]
    assert world.prod.embeddings[SALES]["uuid"] != "own"
    assert not plan(world, Aspect.EMBEDDING).plan.pending
    world.roll_back(planned)
    assert world.prod.embeddings == {}


def test_it_reads_back_from_its_plan(world: World) -> None:
    allow(world.dev, SHOP)
    planned = plan(world, Aspect.EMBEDDING).plan
    assert Plan.from_json(planned.to_json()) == planned


def test_it_stays_and_is_a_loss_where_nobody_asks_for_it(settled: World) -> None:
    allow(settled.dev, SHOP)
    allow(settled.prod, INTRANET)
    planned = plan(settled, Aspect.OWNERS)
    assert notes(planned)["embedding"] == ("dashboard “Sales Dashboard”",)
    settled.apply(planned)
    assert settled.prod.embeddings[SALES]["allowed_domains"] == [INTRANET]


def test_the_target_keeps_its_uuid_and_an_undo_restores_its_domains(settled: World) -> None:
    allow(settled.dev, SHOP)
    allow(settled.prod, INTRANET, BLOG)
    planned = plan(settled, Aspect.EMBEDDING)
    assert not planned.plan.written
    settled.apply(planned)
    assert settled.prod.embeddings[SALES] == {"uuid": "own", "allowed_domains": [SHOP]}
    assert all("embedded" in write for write in settled.prod.writes)
    settled.roll_back(planned)
    assert settled.prod.embeddings[SALES] == {"uuid": "own", "allowed_domains": [INTRANET, BLOG]}


def test_it_is_set_with_the_content_and_undone_with_it(settled: World) -> None:
    settled.dev.document(SALES)["dashboard_title"] = "Sales, new"
    allow(settled.dev, SHOP)
    planned = plan(settled, Aspect.EMBEDDING)
    settled.apply(planned)
    assert settled.prod.embeddings[SALES]["allowed_domains"] == [SHOP]
    settled.roll_back(planned)
    assert settled.prod.embeddings == {}
    assert settled.prod.document(SALES)["dashboard_title"] == "Sales Dashboard"


def test_the_order_of_domains_is_no_change(settled: World) -> None:
    allow(settled.dev, SHOP, BLOG)
    allow(settled.prod, BLOG, SHOP)
    assert not plan(settled, Aspect.EMBEDDING).plan.pending


def test_a_source_that_configures_nothing_takes_nothing_away(settled: World) -> None:
    allow(settled.prod, INTRANET)
    assert not plan(settled, Aspect.EMBEDDING).plan.pending


class TestAnyDomain:
    """An empty list of domains."""

    def test_it_does_not_open_a_target_that_restricts(self, settled: World) -> None:
        allow(settled.dev)
        allow(settled.prod, INTRANET)
        planned = plan(settled, Aspect.EMBEDDING)
        assert notes(planned)["embedding_kept"] == (f"dashboard “Sales Dashboard”: {INTRANET}",)
        assert not planned.plan.pending

    def test_it_travels_to_a_target_without_a_configuration_with_a_warning(self, settled: World) -> None:
        allow(settled.dev)
        planned = plan(settled, Aspect.EMBEDDING)
        assert notes(planned)["embedding_any"] == ("dashboard “Sales Dashboard”",)
        assert found(planned, Aspect.EMBEDDING)[SALES].added == ("any domain",)
        settled.apply(planned)
        assert settled.prod.embeddings[SALES]["allowed_domains"] == []
        settled.roll_back(planned)
        assert settled.prod.embeddings == {}

    def test_it_gives_way_to_domains_and_comes_back(self, settled: World) -> None:
        allow(settled.dev, SHOP)
        allow(settled.prod)
        planned = plan(settled, Aspect.EMBEDDING)
        assert found(planned, Aspect.EMBEDDING)[SALES].removed == ("any domain",)
        settled.apply(planned)
        assert settled.prod.embeddings[SALES]["allowed_domains"] == [SHOP]
        settled.roll_back(planned)
        assert settled.prod.embeddings[SALES]["allowed_domains"] == []

    def test_a_domain_of_that_name_is_another(self, settled: World) -> None:
        allow(settled.dev, "any domain")
        allow(settled.prod)
        settled.apply(plan(settled, Aspect.EMBEDDING))
        assert settled.prod.embeddings[SALES]["allowed_domains"] == ["any domain"]


class TestChangedByOthers:
    @pytest.fixture
    def planned(self, settled: World) -> Any:
        allow(settled.dev, SHOP)
        return plan(settled, Aspect.EMBEDDING)

    def test_a_change_since_the_plan_stops_an_apply(self, settled: World, planned: Any) -> None:
        allow(settled.prod, INTRANET)
        with pytest.raises(PlanStale, match="its embedding changed"):
            settled.apply(planned)
        assert settled.prod.writes == []

    @pytest.mark.parametrize("domains", [(SHOP, BLOG), (), None], ids=["more", "any", "removed"])
    def test_an_undo_keeps_a_change_since_the_run_and_says_so(
        self, settled: World, planned: Any, domains: tuple[str, ...] | None
    ) -> None:
        settled.apply(planned)
        if domains is None:
            settled.prod.embeddings.clear()
            left = {}
        else:
            settled.prod.embeddings[SALES]["allowed_domains"] = list(domains)
            left = {SALES: dict(settled.prod.embeddings[SALES])}
        result = settled.roll_back(planned)
        assert settled.prod.embeddings == left
        changed = domains is not None  # without a configuration, it is as before
        assert any("embedding" in each for each in result.kept) is changed

    def test_a_forced_undo_removes_it_nevertheless(self, settled: World, planned: Any) -> None:
        settled.apply(planned)
        settled.prod.embeddings[SALES]["allowed_domains"] = [BLOG]
        settled.roll_back(planned, choice=Choice.FORCE)
        assert settled.prod.embeddings == {}


def test_domains_that_do_not_read_back_are_reported(world: World, monkeypatch: Any) -> None:
    allow(world.dev, SHOP)
    planned = plan(world, Aspect.EMBEDDING)
    monkeypatch.setattr(world.prod, "embed", lambda *_: None)
    with pytest.raises(NotVerified, match="its embedding changed"):
        world.apply(planned)


@pytest.mark.parametrize("side", ["dev", "prod"])
def test_what_cannot_be_read_stays_with_a_warning(settled: World, side: str, monkeypatch: Any) -> None:
    allow(settled.dev, SHOP)

    def refused(_number: int) -> None:
        raise NotPermitted("Forbidden", environment=side)

    monkeypatch.setattr(getattr(settled, side), "embedding", refused)
    planned = plan(settled, Aspect.EMBEDDING)
    assert notes(planned)["embedding_unread"] == ("dashboard “Sales Dashboard”",)
    assert not planned.plan.pending


def test_an_account_that_may_not_set_it_refuses_the_plan(world: World) -> None:
    allow(world.dev, SHOP)
    has = RELEASE.permissions
    everything = {has.on(verb, kind) for verb in (has.read, has.write, has.export) for kind in Kind}
    world.prod.rights = frozenset({*everything, *has.importing})
    with pytest.raises(PlanUnsafe, match="lacks can_set_embedded on Dashboard"):
        plan(world, Aspect.EMBEDDING)
    world.prod.rights |= {has.set_embedding}
    assert plan(world, Aspect.EMBEDDING).plan.attachments


def test_the_dashboard_of_another_uuid_gives_its_domains_to_its_pair(settled: World) -> None:
    other = Key(Kind.DASHBOARD, "11111111-2222-4333-8444-555555555555")
    settled.prod.document(SALES)["uuid"] = other.uuid
    allow(settled.dev, SHOP)
    settled.apply(plan(settled, Aspect.EMBEDDING, pairing={SALES: other}))
    assert settled.prod.embeddings[other]["allowed_domains"] == [SHOP]
