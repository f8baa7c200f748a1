"""Annotation layers travel between releases, and what the target had comes back."""

from __future__ import annotations

from project.tests.real.test_carry_annotations import done, layer, layers, native, plan, show, shown, shown_annotations
from project.tests.real.world import World
from rig.check.checker import snapshot


def test_layers_arrive_and_what_the_target_had_comes_back(arrived: World):
    show(arrived.dev, native(layer(arrived.dev, "Releases", "v1", "v2", descr="new")), time_range="Last year")
    own = native(layer(arrived.prod, "Own", "x"), "Own")
    show(arrived.prod, own)
    before = snapshot(arrived.prod)

    planned = plan(arrived, "annotations")
    done(arrived, planned)
    assert shown(arrived.prod) == [native(layers(arrived.prod)["Releases"])]
    assert shown_annotations(arrived.prod, "Releases") == shown_annotations(arrived.dev, "Releases")
    assert plan(arrived, "annotations").code == 0

    undone = arrived.roll_back(planned.migration)
    assert undone.code == 0, undone
    assert shown(arrived.prod) == [own]
    assert set(layers(arrived.prod)) == {"Own"}
    assert before.changed(snapshot(arrived.prod)) == set()
