"""The assets of a warning: short ones in one line, long ones in a line each."""

from __future__ import annotations

from apps.superset.plan.render import asset_lines

PLACE = "dashboard “Sales”: metadata.native_filter_configuration.{}.chartsInScope: 111, 112"


def test_assets_stand_in_one_line() -> None:
    assert asset_lines(["chart “Boys”", "chart “Girls”"]) == ["chart “Boys”, chart “Girls”"]
    assert asset_lines([f"chart “{each}”" for each in "abcdefg"], limit=2) == ["chart “a”, chart “b” and 5 more"]
    assert asset_lines([]) == []


def test_places_with_their_values_stand_in_a_line_each() -> None:
    places = [PLACE.format(number) for number in range(7)]
    assert asset_lines(places, limit=2) == [PLACE.format(0), PLACE.format(1), "and 5 more"]
