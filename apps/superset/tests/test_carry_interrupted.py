"""Runs that stop while they set what hangs beside the documents: what they say of it, and both ways on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from apps.superset.assets import Kind
from apps.superset.errors import NotPermitted, OutcomeUnknown, PlanStale
from apps.superset.execution.attached.state import showing
from apps.superset.execution.readback import Arrival, Write, arrival, look
from apps.superset.plan.attachment import Aspect
from apps.superset.protocol import Act, Outcome
from apps.superset.references.serialization import unpack
from apps.superset.tests.carrying import EVE, SALES_ROLE, plan, state, world
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.test_carry_annotations import native
from apps.superset.tests.test_carry_library import CSS, query, theme
from apps.superset.tests.test_carry_reports import report
from apps.superset.tests.world import REVENUE, SALES, Kept, World

__all__ = ["world"]

ALL = (Aspect.TAGS, Aspect.RULES, Aspect.OWNERS, Aspect.ROLES, Aspect.EMBEDDING)


class Losing(FakeSuperset):
    """Loses the answer to the first request of a kind, carried out or not."""

    losing = ""
    carried_out = True

    def _losing(self, kind: str, request: Callable[[], None]) -> None:
        if kind != self.losing:
            request()
            return
        self.losing = ""
        if self.carried_out:
            request()
        else:
            self.arrived(kind)
        raise OutcomeUnknown("no answer", environment="prod")

    def update(self, kind: Kind, asset_id: int, fields: dict[str, Any]) -> None:
        self._losing(f"PUT {kind}", lambda: super(Losing, self).update(kind, asset_id, fields))

    def create_row(self, resource: str, fields: Any) -> None:
        self._losing(f"POST {resource.rpartition('/')[2]}", lambda: super(Losing, self).create_row(resource, fields))

    def update_row(self, resource: str, row_id: int, fields: Any) -> None:
        self._losing(f"PUT {resource}", lambda: super(Losing, self).update_row(resource, row_id, fields))

    def embed(self, dashboard_id: int, domains: Any) -> None:
        self._losing("POST embedded", lambda: super(Losing, self).embed(dashboard_id, domains))


@pytest.fixture
def migrated(world: World) -> World:
    """On prod already, where others own it."""
    world.apply(plan(world))
    for key in world.prod.owners:
        world.prod.owners[key] = [100 + EVE]
    world.ledger = Kept()
    world.prod.__class__ = Losing
    return world


@pytest.fixture
def furnished(migrated: World) -> World:
    """Since then, on dev, all of it was set beside, and no document has changed."""
    restrict(migrated)
    tag(migrated)
    rule(migrated)
    migrated.dev.embeddings[SALES] = {"uuid": "embedded-dev", "allowed_domains": ["https://shop.example"]}
    return migrated


def restrict(world: World) -> None:
    world.dev.roles[SALES] = [SALES_ROLE]


def tag(world: World) -> None:
    world.dev.tags[7] = "quarterly"
    world.dev.tagged[SALES] = [7]


def rule(world: World) -> None:
    dataset = next(iter(world.dev.documents[Kind.DATASET]))
    role = {"id": SALES_ROLE, "name": "Sales"}
    made = {"id": 3, "name": "EU", "filter_type": "Regular", "clause": "1 = 1", "group_key": None, "description": "x"}
    world.dev.rules.append({**made, "tables": [{"id": dataset}], "roles": [role]})


REQUESTS = ("POST tag", "POST rowlevelsecurity", "PUT dataset", "PUT dashboard", "POST embedded")


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_lost_answer_is_no_failure_where_the_target_shows_what_was_set(furnished: World, request_: str) -> None:
    planned = plan(furnished, *ALL)
    furnished.prod.losing = request_  # type: ignore[attr-defined]
    assert furnished.apply(planned).verified
    assert set(furnished.ledger.outcomes.values()) == {Outcome.WRITTEN}
    assert not plan(furnished, *ALL).plan.pending


@pytest.mark.parametrize("request_", REQUESTS)
def test_what_was_not_carried_out_stays_open_and_both_ways_lead_on(furnished: World, request_: str) -> None:
    before = state(furnished.prod)
    planned = plan(furnished, *ALL)
    furnished.prod.losing, furnished.prod.carried_out = request_, False  # type: ignore[attr-defined]
    with pytest.raises(OutcomeUnknown) as lost:
        furnished.apply(planned)
    assert lost.value.context["open"]
    furnished.roll_back(planned)
    assert state(furnished.prod) == before
    furnished.ledger = Kept()
    assert furnished.apply(planned).verified
    furnished.roll_back(planned)
    assert state(furnished.prod) == before


@pytest.mark.parametrize(
    ("carried_out", "seen", "outcome"),
    [(True, Arrival.ARRIVED, Outcome.WRITTEN), (False, Arrival.ABSENT, Outcome.ABSENT)],
)
def test_what_only_set_owners_is_read_back_when_it_can_no_longer_arrive(
    migrated: World, *, carried_out: bool, seen: Arrival, outcome: Outcome
) -> None:
    """No document shows it: a run that carried it out must not count as one that wrote nothing."""
    planned = plan(migrated, Aspect.OWNERS)
    first = planned.plan.attachments[0]
    if carried_out:
        migrated.prod.owners[first.key] = [item.id for item in first.after if item.id]
    write = Write(1, Act.ATTACH, {first.key: None}, attachments=(first,), expired=True)
    found, inventory = look([first.key], migrated.prod)
    [shown] = showing([write], migrated.prod)
    assert arrival(shown, found, inventory) is seen
    assert write.outcome(seen) is outcome


def test_an_undo_removes_the_tag_of_a_run_that_got_no_further(migrated: World) -> None:
    tag(migrated)
    before = state(migrated.prod)
    planned = plan(migrated, Aspect.TAGS)
    migrated.prod.losing = "PUT dashboard"  # type: ignore[attr-defined]
    migrated.prod.carried_out = False  # type: ignore[attr-defined]
    with pytest.raises(OutcomeUnknown):
        migrated.apply(planned)
    assert "quarterly" in migrated.prod.tags.values()
    migrated.roll_back(planned)
    assert state(migrated.prod) == before


def test_an_undo_leaves_the_tag_that_somebody_created_between_plan_and_apply(migrated: World) -> None:
    tag(migrated)
    planned = plan(migrated, Aspect.TAGS)
    migrated.prod.tags[77] = "quarterly"
    assert migrated.apply(planned).verified
    migrated.roll_back(planned)
    assert migrated.prod.tags == {77: "quarterly"}


def test_a_description_that_nobody_may_read_is_kept(migrated: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update that names an empty one would lose it, and an undo could not bring it back."""
    rule(migrated)
    dataset = next(iter(migrated.prod.documents[Kind.DATASET]))
    role = {"id": 100 + SALES_ROLE, "name": "Sales"}
    own = {"id": 5, "name": "EU", "filter_type": "Regular", "clause": "0 = 1", "group_key": ""}
    kept = {**own, "description": "by hand", "tables": [{"id": dataset}], "roles": [role]}
    migrated.prod.rules.append(kept)
    read = FakeSuperset.row

    def row(self: FakeSuperset, resource: str, row_id: int | str) -> Any:
        if self is migrated.prod and resource == "rowlevelsecurity":
            raise NotPermitted("Forbidden", environment="prod")
        return read(self, resource, row_id)

    monkeypatch.setattr(FakeSuperset, "row", row)
    planned = plan(migrated, Aspect.RULES)
    assert migrated.apply(planned).verified
    [now] = migrated.prod.rules
    assert (now["clause"], now["description"]) == ("1 = 1", "by hand")
    migrated.roll_back(planned)
    assert migrated.prod.rules == [kept]


def test_a_role_that_is_gone_since_the_plan_stops_the_run_before_it_writes(migrated: World) -> None:
    restrict(migrated)
    before = state(migrated.prod)
    planned = plan(migrated, Aspect.ROLES)
    del migrated.prod.role_names[100 + SALES_ROLE]
    migrated.prod.writes.clear()
    with pytest.raises(PlanStale, match="“Sales”"):
        migrated.apply(planned)
    assert migrated.prod.writes == []
    assert state(migrated.prod) == before


# --- layers, themes, templates, queries and reports -------------------------------------------------------------------

LIBRARY = (Aspect.ANNOTATIONS, Aspect.THEMES, Aspect.CSS, Aspect.QUERIES, Aspect.REPORTS)
OF_LIBRARY = (
    *("POST annotation_layer", "POST annotation", "PUT chart", "POST theme", "PUT dashboard", "POST css_template"),
    *("POST saved_query", "POST report"),
)


@pytest.fixture
def stocked(migrated: World) -> World:
    """Since then, on dev, the dashboard has a theme, CSS of a template, a query, a report, and a chart with a layer."""
    dev = migrated.dev
    theme(dev, 3)
    dev.theme_of[SALES] = 3
    dev.shelve("css_template", 4, template_name="Red", css=CSS)
    for server in (dev, migrated.prod):
        server.document(SALES)["css"] = CSS
    query(dev, 5)
    report(dev, 7, SALES)
    dev.document(REVENUE)["params"]["annotation_layers"] = [native(dev.annotations.add("Releases", "v1", "v2"))]
    return migrated


def shelves(world: World) -> Any:
    prod = world.prod
    inside = {row["name"]: prod.annotations.shorts(row["name"]) for row in prod.annotations.layers.values()}
    layers = prod.document(REVENUE)["params"].get("annotation_layers") or []
    titles = {name: len(rows) for name, rows in prod.library.items()}
    return copy.deepcopy((titles, inside, layers, [row["name"] for row in prod.reports], prod.theme_of))


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("request_", OF_LIBRARY)
def test_a_lost_answer_of_the_library_stays_open_and_both_ways_lead_on(
    stocked: World, request_: str, *, carried_out: bool
) -> None:
    before = shelves(stocked)
    planned = plan(stocked, *LIBRARY)
    assert {each.aspect for each in planned.plan.attachments} == {*LIBRARY}
    prod: Any = stocked.prod
    prod.losing, prod.carried_out = request_, carried_out
    with pytest.raises(OutcomeUnknown) as lost:
        stocked.apply(planned)
    assert prod.losing == ""
    assert lost.value.context["open"]
    stocked.roll_back(planned)
    assert shelves(stocked) == before

    stocked.ledger = Kept()
    prod.losing = request_
    with pytest.raises(OutcomeUnknown):
        stocked.apply(planned)
    assert stocked.apply(planned, first=unpack(stocked.ledger.content)).verified
    titles, inside, _, reports, themes = shelves(stocked)
    assert titles == {"theme": 1, "css_template": 1, "saved_query": 1}
    assert (inside, reports, list(themes)) == ({"Releases": ["v1", "v2"]}, ["Monday"], [SALES])
    assert not plan(stocked, *LIBRARY).plan.pending


@pytest.mark.parametrize(("published", "seen"), [(False, Arrival.ARRIVED), (True, Arrival.ABSENT)])
def test_a_request_that_made_a_draft_shows_on_the_dashboard(world: World, seen: Arrival, *, published: bool) -> None:
    world.apply(plan(world))
    world.prod.document(SALES)["published"] = published
    assert arrival(Write(1, Act.HIDE, {SALES: "hash"}), *look([SALES], world.prod)) is seen
