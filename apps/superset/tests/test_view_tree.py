"""The changes of a plan from its dashboards downwards, what to know of them, and how they are recognised again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.content.left_out import left_out
from apps.superset.diff.difference import difference
from apps.superset.messages.message import verbatim
from apps.superset.messages.notes import LOSSES, WARNINGS
from apps.superset.plan.annex import Annex
from apps.superset.plan.plan import Action, Change, Endpoint, Note, Plan
from apps.superset.plan.render import as_markdown
from apps.superset.references.serialization import unpack
from apps.superset.tests.builders import a_chart, a_dashboard, uuid
from apps.superset.tests.world import BIRTHS, World
from apps.superset.view.concerns import Gravity, concerns, counts
from apps.superset.view.fingerprints import fingerprint
from apps.superset.view.masking import masked_plan
from apps.superset.view.tree import in_one_sentence, tree

OF_RUNS = {"acknowledged", "queries_answered", "queries_unknown", "queries_failed"}

BOARD, OTHER = (Key(Kind.DASHBOARD, uuid(number)) for number in (40, 41))
CHART, SECOND = (Key(Kind.CHART, uuid(number)) for number in (30, 31))
DATASET = Key(Kind.DATASET, uuid(20))


def a_change(key: Key, action: Action = Action.UPDATE, **facts) -> Change:
    return Change(key, f"{key.kind} {key.uuid[-2:]}", action, "a", "b", **facts)


def a_plan(*changes: Change, **facts) -> Plan:
    sides = Endpoint("dev", "6.1.0"), Endpoint("prod", "6.1.0")
    roots = tuple(change.key for change in changes if change.key.kind is Kind.DASHBOARD)
    return Plan(*sides, roots, (), changes, **facts)


def shape(plan, edges, **options):
    nodes = tree(plan, lambda key: edges.get(key, ()), **options)
    return {node.change.key: (node.depends_on, node.unchanged_below) for node in nodes}


EDGES = {BOARD: (CHART, SECOND), CHART: (DATASET,), SECOND: (DATASET,)}


class TestTree:
    def test_what_is_below_an_unchanged_asset_moves_up(self):
        unchanged = a_change(CHART, Action.UNCHANGED)
        found = shape(a_plan(a_change(BOARD), unchanged, a_change(DATASET)), EDGES)
        assert found == {BOARD: ((DATASET,), 1), DATASET: ((), 0)}

    def test_unchanged_assets_are_there_if_asked_for(self):
        unchanged = a_change(CHART, Action.UNCHANGED)
        found = shape(a_plan(a_change(BOARD), unchanged, a_change(DATASET)), EDGES, unchanged=True)
        assert found == {BOARD: ((CHART,), 0), CHART: ((DATASET,), 0), DATASET: ((), 0)}

    def test_an_unchanged_dashboard_of_the_plan_stays_as_a_root(self):
        found = shape(a_plan(a_change(BOARD, Action.UNCHANGED), a_change(CHART)), EDGES)
        assert found == {BOARD: ((CHART,), 0), CHART: ((), 0)}

    def test_dashboards_that_link_to_each_other_end(self):
        edges = {BOARD: (OTHER,), OTHER: (BOARD,)}
        found = shape(a_plan(a_change(BOARD), a_change(OTHER)), edges)
        assert found == {BOARD: ((OTHER,), 0), OTHER: ((BOARD,), 0)}

    def test_dashboards_come_first(self):
        plan = a_plan(a_change(DATASET), a_change(CHART), a_change(BOARD))
        assert list(shape(plan, EDGES)) == [BOARD, CHART, DATASET]

    def test_the_plan_in_one_sentence(self):
        plan = a_plan(a_change(BOARD), a_change(CHART, Action.UNCHANGED), a_change(SECOND, Action.ORPHAN))
        assert in_one_sentence(plan) == "1 dashboard from dev to prod: 1 of 2 assets will be written."
        assert in_one_sentence(a_plan(a_change(BOARD, Action.UNCHANGED))).startswith("Nothing to do")


class TestConcerns:
    def test_risks_and_losses_are_counted_with_what_the_plan_does_but_notes_are_not(self):
        warnings = (Note.of("stale_references", ("chart “chart 30”",)), Note.of("tables_missing", environment="prod"))
        changes = (a_change(BOARD), a_change(CHART, Action.UNCHANGED), a_change(SECOND, Action.ORPHAN))
        plan = a_plan(*changes, warnings=warnings, losses=(Note.of("tags"),))
        told = counts(plan, concerns(plan))
        assert told == {"create": 0, "update": 1, "remove": 0, "unchanged": 1, "orphan": 1, "risks": 1, "losses": 1}

    def test_risks_come_before_losses_and_these_before_notes(self):
        warnings = (Note.of("stale_references", ("chart “chart 30”",)), Note.of("tables_missing", environment="prod"))
        found = concerns(a_plan(a_change(CHART), warnings=warnings, losses=(Note.of("tags"),)))
        assert [(each.code, each.gravity) for each in found] == [
            ("tables_missing", Gravity.RISK),
            ("tags", Gravity.LOSS),
            ("stale_references", Gravity.NOTE),
        ]
        assert all(each.title and each.text for each in found)

    @pytest.mark.parametrize("called", ["chart “chart 30”", "chart 30", CHART.uuid, "chart “chart 30”: params.url: x"])
    def test_assets_are_recognised_by_what_a_note_calls_them(self, called):
        (found,) = concerns(a_plan(a_change(CHART), warnings=(Note.of("link_keys", (called,)),)))
        assert (found.assets, found.lines) == ((CHART.uuid,), (called,))

    def test_other_dashboards_that_change_are_a_risk(self):
        (found,) = concerns(a_plan(a_change(CHART, used_by=("Prod only",))))
        assert (found.code, found.assets, found.lines) == ("used_elsewhere", (CHART.uuid,), ("Prod only",))

    def test_what_can_be_acknowledged_is_a_risk_of_its_own_with_its_name(self):
        lines = tuple(f"links of {key} ({'rewrite'}:{key})" for key in (CHART, SECOND))
        found = concerns(a_plan(a_change(CHART), a_change(SECOND), warnings=(Note.of("link_hosts", lines),)))
        assert [each.acknowledge for each in found] == [f"rewrite:{CHART}", f"rewrite:{SECOND}"]
        assert [each.assets for each in found] == [(CHART.uuid,), (SECOND.uuid,)]

    def test_what_was_acknowledged_says_so(self):
        note = Note("restricted", Note.of("acknowledged", refusal="it is restricted").message, ("dashboard 40",))
        (found,) = concerns(a_plan(a_change(BOARD), warnings=(note,), acknowledged=(f"restricted:{BOARD}",)))
        assert (found.acknowledged, found.gravity, found.assets) == (True, Gravity.RISK, (BOARD.uuid,))

    @pytest.mark.parametrize("kind", [*LOSSES, *sorted(WARNINGS.keys() - OF_RUNS)])
    def test_each_kind_of_note_has_a_title_and_is_not_taken_for_acknowledged(self, kind):
        (concern,) = concerns(a_plan(warnings=(Note(kind, verbatim("It is so.")),)))
        assert concern.title != "It is so."
        assert not concern.acknowledged

    def test_assets_are_called_in_the_language_of_the_reader(self):
        russian = {"dataset “{name}”": "датасет «{name}»"}
        notes = (Note.of("owners", ["dataset “births”", "and 3 more"]),)
        (concern,) = concerns(a_plan(losses=notes), lambda text: russian.get(text, text))
        assert concern.lines == ("датасет «births»", "and 3 more")


class TestFingerprints:
    CHANGED = a_change(CHART, differences=(difference("name_changed", "slice_name", "slice_name", "a", "b"),))

    def test_it_stays_the_same_for_the_same_differences(self):
        again = replace(self.CHANGED, before="x", after="y", name="renamed", used_by=("Other",))
        assert fingerprint(again.to_json()) == fingerprint(self.CHANGED.to_json())

    def test_it_changes_with_a_difference_and_with_new_content(self):
        other = difference("name_changed", "slice_name", "slice_name", "a", "c")
        assert fingerprint(replace(self.CHANGED, differences=(other,)).to_json()) != fingerprint(self.CHANGED.to_json())
        created = a_change(CHART, Action.CREATE)
        assert fingerprint(replace(created, after="z").to_json()) != fingerprint(created.to_json())

    def test_it_is_the_same_in_every_release_of_lockstep(self):
        assert fingerprint(a_change(CHART, Action.CREATE).to_json()) == "a8031dd9141a7e5afba2b4dbc9e37eb2"


class TestBesideAPlan:
    def test_the_annex_says_what_each_asset_is_made_of_and_its_ids(self):
        world = World(BIRTHS)
        world.apply(world.plan())
        planned = world.plan()
        entry = planned.annex.of(BIRTHS)
        assert {key.kind for key in entry.depends_on} == {Kind.CHART}
        assert (entry.source.id != entry.target.id, entry.source.name) == (True, "USA Births Names")
        assert Annex.from_text(planned.annex.to_text()) == planned.annex

    def test_a_new_asset_has_no_target(self):
        assert World(BIRTHS).plan().annex.of(BIRTHS).target is None

    def test_an_annex_of_another_format_is_as_none(self):
        assert Annex.from_text("") == Annex.from_text('{"format": 99}') == Annex()

    def test_what_is_overwritten_is_kept_as_it_was(self):
        world = World(BIRTHS)
        world.apply(world.plan())
        world.dev.document(BIRTHS)["dashboard_title"] = "New"
        planned = world.plan()
        before = unpack(planned.overwritten)
        assert [asset.name for asset in before] == ["USA Births Names"]
        assert unpack(planned.overwritten, {uuid(1)}).assets == {}
        assert unpack(planned.bundle, {BIRTHS.uuid}).assets == {BIRTHS: planned.desired.assets[BIRTHS]}

    def test_a_paired_asset_keeps_the_uuid_of_its_source(self):
        world = World(BIRTHS)
        world.apply(world.plan())
        theirs = Key(Kind.DASHBOARD, uuid(99))
        world.prod.document(BIRTHS)["uuid"] = theirs.uuid
        entry = world.plan(pairing={BIRTHS: theirs}).annex.of(theirs)
        assert (entry.source.key, entry.target.key) == (BIRTHS, theirs)

    def test_values_that_are_not_compared_are_counted_if_they_differ(self):
        before = a_dashboard(metadata={"default_filters": "{}", "show_native_filters": True})
        after = a_dashboard(metadata={"default_filters": '{"a": 1}', "show_native_filters": True})
        assert (left_out(before, after), left_out(before, before)) == (1, 0)
        assert left_out(a_chart(description=None), a_chart(description="x")) == 0


def test_the_markdown_of_a_plan_has_no_secret():
    secret = difference("param_changed", "api_key", "params.api_key", "hunter22", "swordfish")
    plan = a_plan(a_change(CHART, differences=(secret,)))
    text = as_markdown(masked_plan(plan), checksum=plan.checksum)
    assert plan.checksum in text
    assert "hunter22" not in text
    assert "swordfish" not in text
