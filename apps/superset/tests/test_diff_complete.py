"""Nothing is ever dropped: whatever is changed anywhere in a normal form gives a difference."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from apps.superset.assets import Asset, Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.content.ignored_keys import canonical_json
from apps.superset.content.normalize import normalize
from apps.superset.diff.diff import Difference, diff
from apps.superset.tests.builders import (
    RECORDED,
    a_chart,
    a_dashboard,
    a_database,
    a_dataset,
    a_filter,
    a_layout,
    chart_ref,
    uuid,
)

SMALL = [
    a_database(),
    a_dataset(sql="SELECT 1"),
    a_chart(params={"adhoc_filters": [{"subject": "a"}]}, query_context={"queries": [{"metrics": ["count"]}]}),
    a_dashboard(
        position=a_layout(uuid(3), uuid(5), uuid(6)),
        metadata={
            "native_filter_configuration": [a_filter("A"), a_filter("B"), a_filter("C")],
            "chart_customization_config": [a_filter("D")],
            "chart_configuration": {chart_ref(uuid(3)): {"crossFilters": {"scope": "global"}}},
            "label_colors": {"EU": "#fff", "New York": "#000"},
        },
    ),
]
VALUES = [None, True, False, 0, 1, 1.0, "", "x", [], {}, [1], {"a": None}, "a\nb"]


@pytest.fixture(scope="module")
def recorded() -> list[Asset]:
    """Every dashboard of the recorded export, and a few of the rest, in normal form."""
    bundle = read_bundle(RECORDED.read_bytes())
    return [normalize(asset) for kind in Kind for asset in bundle.of_kind(kind)[:9]]


def containers(value: Any) -> Iterator[dict[str, Any] | list[Any]]:
    """Every mapping and list in a value, itself included."""
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


def mutate(document: dict[str, Any], dice: random.Random) -> None:
    """One random change somewhere: a value, a key, an item, an order."""
    place = dice.choice(list(containers(document)))
    if isinstance(place, dict):
        names = list(place)
        act = dice.choice(["set", "remove", "rename", "add", "swap"])
        if act == "add" or not names:
            place[f"new{dice.random()}"] = copy.deepcopy(dice.choice(VALUES))
        elif act == "set":
            place[dice.choice(names)] = copy.deepcopy(dice.choice(VALUES))
        elif act == "remove":
            del place[dice.choice(names)]
        elif act == "rename":
            place[f"renamed{dice.random()}"] = place.pop(dice.choice(names))
        else:
            one, other = dice.choice(names), dice.choice(names)
            place[one], place[other] = place[other], place[one]
        return
    act = dice.choice(["append", "remove", "shuffle", "set", "repeat"])
    if act == "append" or not place:
        place.append(copy.deepcopy(dice.choice(VALUES)))
    elif act == "remove":
        place.pop(dice.randrange(len(place)))
    elif act == "shuffle":
        dice.shuffle(place)
    elif act == "repeat":
        place.append(copy.deepcopy(dice.choice(place)))
    else:
        place[dice.randrange(len(place))] = copy.deepcopy(dice.choice(VALUES))


def text_of(value: Any) -> str:
    return canonical_json(value)


def mutated(asset: Asset, dice: random.Random, times: int) -> Asset:
    document: dict[str, Any] = copy.deepcopy(dict(asset.document))
    for _ in range(times):
        mutate(document, dice)
    return asset.with_document(document)


def check(before: Asset, after: Asset) -> None:
    found = diff(before, after)
    assert bool(found) == (text_of(before.document) != text_of(after.document))
    assert bool(diff(after, before)) == bool(found)
    for each in found:
        assert each.sentence()
        assert Difference.from_json(json.loads(json.dumps(each.to_json()))) == each


@pytest.mark.parametrize("asset", SMALL, ids=lambda asset: asset.kind.value)
def test_any_change_of_a_small_asset_gives_a_difference(asset):
    dice, before = random.Random(asset.kind.value), normalize(asset)
    for _ in range(400):
        check(before, mutated(before, dice, times=1))


@pytest.mark.parametrize("asset", SMALL, ids=lambda asset: asset.kind.value)
def test_many_changes_at_once_give_differences_and_never_fail(asset):
    dice, before = random.Random(asset.kind.value), normalize(asset)
    for _ in range(100):
        check(before, mutated(before, dice, times=dice.randrange(2, 12)))


def test_any_change_of_a_recorded_asset_gives_a_difference(recorded):
    dice = random.Random(11)
    for before in recorded:
        for _ in range(3):
            check(before, mutated(before, dice, times=1))


def test_every_changed_value_of_an_asset_is_found_in_a_difference():
    """Change all values at once; the differences must hold every new one."""
    before = normalize(SMALL[3])
    document: dict[str, Any] = copy.deepcopy(dict(before.document))
    marks: list[str] = []
    for place in containers(document["metadata"]):
        if not isinstance(place, dict):
            continue
        for name in list(place):
            if isinstance(place[name], str) and name not in ("id", "datasetUuid"):
                place[name] = f"mark-{len(marks)}-"
                marks.append(place[name])
    reported = text_of([each.to_json() for each in diff(before, before.with_document(document))])
    assert len(marks) > 10
    assert [mark for mark in marks if mark not in reported] == []


@pytest.mark.parametrize("asset", SMALL, ids=lambda asset: asset.kind.value)
def test_two_different_outcomes_never_have_the_same_differences(asset):
    """So no part of a change is left out, even where another part of it is reported."""
    dice, before = random.Random(asset.kind.value), normalize(asset)
    outcomes: dict[str, str] = {}
    for _ in range(200):
        after = mutated(before, dice, times=dice.randrange(1, 4))
        reported = text_of([each.to_json() for each in diff(before, after)])
        outcome = text_of(without_nothing(after.document))
        assert outcomes.setdefault(reported, outcome) == outcome


def without_nothing(value: Any) -> Any:
    """Null and an empty list say no more than that nothing is there; a difference may show them alike."""
    if isinstance(value, dict):
        pairs = ((name, without_nothing(item)) for name, item in value.items())
        return {name: item for name, item in pairs if item is not None and item != []}
    return [without_nothing(item) for item in value] if isinstance(value, list) else value
