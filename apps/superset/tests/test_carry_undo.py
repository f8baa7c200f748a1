"""An undo takes back what its run has set beside the documents, and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from apps.superset.errors import Unreachable
from apps.superset.execution.rollback import rollback
from apps.superset.execution.stages import Choice
from apps.superset.plan.attachment import Aspect
from apps.superset.protocol import Silent
from apps.superset.references.serialization import unpack
from apps.superset.tests.carrying import BOB, EVE, SALES_ROLE, plan, state, world
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.test_carry_annotations import native, number, show
from apps.superset.tests.test_carry_embedding import SHOP, allow
from apps.superset.tests.test_carry_library import CSS, query, theme
from apps.superset.tests.test_carry_reports import report
from apps.superset.tests.test_orphans import during_the_import
from apps.superset.tests.world import REVENUE, SALES, SALES_DATA, Heard, Kept, World

__all__ = ["world"]


@pytest.fixture
def migrated(world: World) -> World:
    """On prod already, where others own it; a layer that no chart shows is on both sides."""
    show(world.dev)
    world.dev.document(SALES)["css"] = CSS
    world.apply(plan(world))
    world.prod.owners[SALES] = [100 + EVE]
    for server in (world.dev, world.prod):
        server.annotations.add("Releases", "v1")
        server.flags = frozenset({"DASHBOARD_RBAC", "EMBEDDED_SUPERSET"})
    world.ledger = Kept()
    return world


def _tags(server: FakeSuperset, offset: int) -> None:
    server.tags[offset + 5] = "quarterly"
    server.tagged[SALES] = [offset + 5]


def _owners(server: FakeSuperset, offset: int) -> None:
    server.owners[SALES] = [offset + BOB]


def _roles(server: FakeSuperset, offset: int) -> None:
    server.roles[SALES] = [offset + SALES_ROLE]


def _rules(server: FakeSuperset, offset: int) -> None:
    rule = {"name": "EU", "filter_type": "Regular", "clause": "1 = 1", "group_key": "", "description": "x"}
    roles, tables = [{"id": offset + SALES_ROLE, "name": "Sales"}], [{"id": server.id_of(SALES_DATA)}]
    server.rules.append({**rule, "id": offset + 3, "tables": tables, "roles": roles})


def _layers(server: FakeSuperset, _: int) -> None:
    show(server, native(number(server, "Releases")))


def _themes(server: FakeSuperset, offset: int) -> None:
    theme(server, offset + 3)
    server.theme_of[SALES] = offset + 3


def _reports(server: FakeSuperset, offset: int) -> None:
    report(server, offset + 7, SALES, active=not offset)


SETTING: Mapping[Aspect, Callable[[FakeSuperset, int], None]] = {
    Aspect.TAGS: _tags,
    Aspect.OWNERS: _owners,
    Aspect.ROLES: _roles,
    Aspect.RULES: _rules,
    Aspect.ANNOTATIONS: _layers,
    Aspect.THEMES: _themes,
    Aspect.EMBEDDING: lambda server, _: allow(server, SHOP),
    Aspect.CSS: lambda server, offset: server.shelve("css_template", offset + 4, template_name="Red", css=CSS),
    Aspect.QUERIES: lambda server, offset: query(server, offset + 6),
    Aspect.REPORTS: _reports,
}
"""The same on either side, under other numbers; reports arrive paused."""


def set_on_dev(world: World, *aspects: Aspect) -> None:
    for aspect in aspects:
        SETTING[aspect](world.dev, 0)


def everything(server: FakeSuperset) -> Any:
    beside = (server.library, server.theme_of, server.embeddings, server.reports, server.annotations.layers)
    return state(server), copy.deepcopy((beside, server.document(REVENUE)))


@pytest.mark.parametrize("aspect", Aspect)
@pytest.mark.parametrize("renamed", [False, True])
@pytest.mark.parametrize("choice", [Choice.REFUSE, Choice.FORCE])
def test_what_was_so_already_when_the_run_began_stays(
    migrated: World, aspect: Aspect, choice: Choice, *, renamed: bool
) -> None:
    """The run sets something else, and with new names also imports what has it."""
    other = Aspect.ROLES if aspect is Aspect.TAGS else Aspect.TAGS
    set_on_dev(migrated, aspect, other)
    if renamed:
        migrated.dev.document(SALES)["dashboard_title"] = "Sales, new"
        migrated.dev.document(REVENUE)["slice_name"] = "Revenue, new"
    planned = plan(migrated, aspect, other)
    assert {each.aspect for each in planned.plan.attachments} == {aspect, other}
    SETTING[aspect](migrated.prod, 100)
    before = everything(migrated.prod)
    assert migrated.apply(planned).verified
    assert everything(migrated.prod) != before
    result = migrated.roll_back(planned, choice=choice)
    assert everything(migrated.prod) == before
    assert [each for each in result.kept if aspect.value in each]


@pytest.mark.parametrize("interrupted", [False, True])
def test_what_somebody_removes_during_the_run_is_set_by_it_and_taken_back(
    migrated: World, monkeypatch: pytest.MonkeyPatch, *, interrupted: bool
) -> None:
    """It was as planned when the run began, or when an earlier run did that wrote no more than content."""
    before = everything(migrated.prod)
    set_on_dev(migrated, Aspect.TAGS)
    migrated.dev.document(SALES)["dashboard_title"] = "Sales, new"
    planned = plan(migrated, Aspect.TAGS)
    SETTING[Aspect.TAGS](migrated.prod, 100)
    with monkeypatch.context() as patched:
        during_the_import(migrated, patched, lambda: migrated.prod.tagged.update({SALES: []}))
        if interrupted:
            patched.setattr(migrated.prod, "update", _gone)
            with pytest.raises(Unreachable):
                migrated.apply(planned)
        else:
            result = migrated.apply(planned)
    snapshot = unpack(migrated.ledger.content)
    if interrupted:
        result = migrated.apply(planned, first=snapshot)
        snapshot = unpack(migrated.ledger.content).merged(snapshot)
    assert [each for each in result.attached if "quarterly" in each]
    assert migrated.prod.tagged[SALES] == [105]
    rollback(replace(migrated.undo(planned), snapshot=snapshot), migrated.prod, Silent(), Kept(), patience=0.0)
    assert not migrated.prod.tagged[SALES]
    assert everything(migrated.prod)[0][0] == before[0][0]


def _gone(*_: Any) -> None:
    raise Unreachable("no route", environment="prod")


def test_an_undo_of_two_runs_takes_back_what_the_first_has_set(migrated: World) -> None:
    """It is as planned when the second begins."""
    set_on_dev(migrated, Aspect.TAGS)
    before = state(migrated.prod)
    planned = plan(migrated, Aspect.TAGS)
    migrated.apply(planned)
    first, undo = unpack(migrated.ledger.content), migrated.undo(planned)
    migrated.apply(planned, first=first)
    both = unpack(migrated.ledger.content).merged(first)
    rollback(replace(undo, snapshot=both), migrated.prod, Silent(), Kept(), patience=0.0)
    assert state(migrated.prod) == before


def test_what_a_later_migration_holds_stays_and_is_named(migrated: World) -> None:
    set_on_dev(migrated, Aspect.TAGS, Aspect.ROLES)
    planned = plan(migrated, Aspect.TAGS, Aspect.ROLES)
    migrated.apply(planned)
    before = state(migrated.prod)
    tags = next(each for each in planned.plan.attachments if each.aspect is Aspect.TAGS)
    heard = Heard()
    undo = replace(migrated.undo(planned), spared={tags.slot: 7})
    result = rollback(undo, migrated.prod, heard, Kept(), patience=0.0)
    assert state(migrated.prod)[2:4] == before[2:4]
    assert migrated.prod.roles[SALES] == []
    assert [each for each in result.kept if "tags" in each]
    assert [line for line in heard.lines if "migration 7" in line]
