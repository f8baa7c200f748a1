"""What holds for any content, any numbers and any order."""

from __future__ import annotations

import io
import random
from typing import Any
from zipfile import ZipFile

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from apps.superset.assets import Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.content.normalize import normalize
from apps.superset.diff.diff import diff
from apps.superset.plan.plan import Action
from apps.superset.tests.builders import RECORDED
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.test_diff_complete import SMALL, mutated
from apps.superset.tests.world import SALES, World

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=12)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS.map("x{}".format), inner, max_size=3),
    max_leaves=6,
)
NUMBERS = st.integers(501, 10**6)
"""Of the next asset of the target. The fake numbers columns from them, and those have to fit into 32 bits."""
SETTINGS = st.dictionaries(TEXTS.map("own {}".format), VALUES, max_size=3)


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[Kind, dict[str, Any]]]:
    """What somebody changes: of a kind, some fields of all its assets."""
    described = st.fixed_dictionaries({}, optional={"description": TEXTS})
    chart = st.fixed_dictionaries({"params": SETTINGS}, optional={"description": TEXTS, "certified_by": TEXTS})
    dashboard = st.fixed_dictionaries({"metadata": SETTINGS}, optional={"css": TEXTS, "published": st.booleans()})
    return [(Kind.DATASET, draw(described)), (Kind.CHART, draw(chart)), (Kind.DASHBOARD, draw(dashboard))]


def edit(server: FakeSuperset, changes: list[tuple[Kind, dict[str, Any]]]) -> None:
    for kind, fields in changes:
        for document in server.documents[kind].values():
            for name, value in fields.items():
                held = document.get(name)
                document[name] = {**held, **value} if isinstance(value, dict) and isinstance(held, dict) else value


def differences(world: World) -> dict[str, Any]:
    changes = world.plan().plan.changes
    return {str(change.key): change.action for change in changes if change.action is not Action.UNCHANGED}


@settings(max_examples=5, deadline=None, phases=(Phase.generate,))
@given(first=edits(), second=edits(), number=NUMBERS)
def test_a_plan_after_an_apply_is_empty_whatever_the_content_and_the_numbers(
    first: list[tuple[Kind, dict[str, Any]]], second: list[tuple[Kind, dict[str, Any]]], number: int
) -> None:
    world = World(SALES)
    world.prod.next_id = number
    for changes in (first, second):
        edit(world.dev, changes)
        planned = world.plan()
        if planned.plan.changes:
            world.apply(planned)
        assert differences(world) == {}


@settings(max_examples=3, deadline=None, phases=(Phase.generate,))
@given(first=NUMBERS, second=NUMBERS)
def test_numbers_of_the_target_make_no_difference_to_what_arrives(first: int, second: int) -> None:
    arrived = []
    for number in (first, second):
        world = World(SALES)
        world.prod.next_id = number
        planned = world.plan()
        world.apply(planned)
        arrived.append({change.key: change.after for change in planned.plan.changes})
        assert differences(world) == {}
    assert arrived[0] == arrived[1]


@settings(max_examples=5, deadline=None)
@given(seed=st.integers())
def test_the_order_and_the_names_of_files_make_no_difference(seed: int) -> None:
    with ZipFile(RECORDED) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    dice = random.Random(seed)
    dice.shuffle(members)
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for place, (name, content) in enumerate(members):
            renamed = name if name.endswith("metadata.yaml") else name.replace(".yaml", f"_{place}.yaml")
            archive.writestr(renamed, content)
    before, after = read_bundle(RECORDED.read_bytes()), read_bundle(packed.getvalue())
    assert {key: asset.document for key, asset in after.assets.items()} == {
        key: asset.document for key, asset in before.assets.items()
    }


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(SMALL) - 1), seed=st.integers(), times=st.integers(0, 6))
def test_a_diff_finds_the_same_places_in_both_directions(place: int, seed: int, times: int) -> None:
    before = normalize(SMALL[place])
    after = mutated(before, random.Random(seed), times)
    there, back = diff(before, after), diff(after, before)
    assert bool(there) == bool(back) == (before.document != after.document)
    changed = {(each.path, repr(each.before), repr(each.after)) for each in there if each.kind == "field_changed"}
    returned = {(each.path, repr(each.after), repr(each.before)) for each in back if each.kind == "field_changed"}
    assert changed == returned
