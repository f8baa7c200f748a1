"""Two assets, and what they differ in."""

from __future__ import annotations

from apps.superset.assets import Asset
from apps.superset.content.normalize import normalize
from apps.superset.diff.diff import Difference, diff


def differences(before: Asset, after: Asset) -> list[Difference]:
    return list(diff(normalize(before), normalize(after)))


def the_one(before: Asset, after: Asset) -> Difference:
    found = differences(before, after)
    assert len(found) == 1, [each.sentence() for each in found]
    return found[0]


def kinds(before: Asset, after: Asset) -> list[str]:
    return [each.kind for each in differences(before, after)]
