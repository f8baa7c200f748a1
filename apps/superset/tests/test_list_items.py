"""Items of two lists are held against each other by name, or by place."""

from __future__ import annotations

from typing import Any

import pytest

from apps.superset.references.list_items import paired

A, B, NEW = ({"name": name, "x": 1} for name in ("a", "b", "new"))
OTHER_A, OTHER_B = {"name": "a", "x": 2}, {"name": "b", "x": 2}


@pytest.mark.parametrize(
    ("items", "others", "expected"),
    [
        pytest.param([A, B], [OTHER_B, OTHER_A], [OTHER_A, OTHER_B], id="by name, in any order"),
        pytest.param([A, NEW, B], [OTHER_A, OTHER_B], [OTHER_A, None, OTHER_B], id="one that is new"),
        pytest.param([A, 1], [OTHER_B, 2], [None, 2], id="a name that is not there"),
        pytest.param([1, 2], [3, 4], [3, 4], id="without names, by place"),
        pytest.param([1, 2], [3], [None, None], id="without names, of another length"),
        pytest.param([1], [OTHER_A], [None], id="no name beside one that has one"),
        pytest.param([{"name": ""}], [{"name": 5}], [{"name": 5}], id="what is no name"),
    ],
)
def test_each_item_has_what_it_is_held_against(items: list[Any], others: list[Any], expected: list[Any]) -> None:
    assert list(paired(items, others, ("name",))) == list(zip(items, expected, strict=True))


def test_the_most_telling_name_counts() -> None:
    item, other = {"id": "1", "name": "a"}, {"id": "2", "name": "a"}
    assert list(paired([item], [other], ("id", "name"))) == [(item, None)]
