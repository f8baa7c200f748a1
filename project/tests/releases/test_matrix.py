"""All example dashboards, and one with what its release has and others do not, from one release to another.

Judged by the independent checker.
"""

from __future__ import annotations

from collections import Counter

from project.tests.real.test_traps_of_content import take_off
from project.tests.real.world import World
from project.tests.releases.conftest import Arrival
from project.tests.releases.ledger import charts_of
from project.tests.releases.pairs import ReleasePair
from rig.check.checker import snapshot
from rig.check.fidelity import Fate
from rig.demo import seed
from rig.fidelity import Report, save


def test_everything_arrives_as_far_as_the_target_can_hold_it(arrived: World, arrival: Arrival, releases: ReleasePair):
    result = arrived.check()
    assert result.differences == []
    assert result.counts == Counter(dashboard=10, chart=102 + len(charts_of(releases.source)), dataset=21)
    losses = arrival.planned.document["plan"]["losses"]
    report = Report.of(releases.name, result, losses)
    save(report.pair, counts=report.counts, fields=report.fields, losses=report.losses)
    announced = "\n".join(line for loss in losses for line in (loss["text"], *loss["assets"])).casefold()
    lost = {field.rpartition(".")[2] for _, field, fate in result.seen if fate is Fate.LOST}
    assert {field for field in lost if field not in announced} == set()


def test_planning_again_finds_nothing_to_do(arrived: World):
    before = snapshot(arrived.prod)
    planned = arrived.plan()
    assert planned.code == 0, planned
    assert planned.changes("create", "update", "orphan") == {}
    assert before.changed(snapshot(arrived.prod)) == set()


def test_a_change_follows_and_is_undone(arrived: World):
    before = snapshot(arrived.prod)
    seed.change(arrived.dev)
    take_off(arrived, "Girls")
    planned = arrived.plan()
    assert planned.code == 2, planned
    assert set(planned.changes("update")) == {seed.TITLE, seed.DASHBOARD, "USA Births Names"}
    assert set(planned.changes("orphan")) == {"Girls"}
    applied = arrived.apply(planned.migration)
    assert applied.code == 0, applied
    assert arrived.check().differences == []
    undone = arrived.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert before.changed(snapshot(arrived.prod)) == set()


def test_undo_gives_back_the_former_target(arrived: World, arrival: Arrival):
    undone = arrived.roll_back(arrival.planned.migration)
    assert undone.code == 0, undone
    assert arrival.before.changed(snapshot(arrived.prod)) == set()
