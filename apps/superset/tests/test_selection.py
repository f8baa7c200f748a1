"""What is said of a dashboard that nobody finds."""

from __future__ import annotations

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.errors import NotFound
from apps.superset.inventory import Entry, Inventory
from apps.superset.selection import Selection


def row(number: int, title: str, slug: str = "") -> Entry:
    key = Key(Kind.DASHBOARD, f"00000000-0000-0000-0000-00000000000{number}")
    return Entry(key, number, title, {"slug": slug})


DASHBOARDS = Inventory.of([row(6, "USA Births Names", "births"), row(7, "Slack Dashboard")])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("birth", "“births” (USA Births Names)"),
        ("USA Births Names", "“births” (USA Births Names)"),
        ("slack dashbord", "“7” (Slack Dashboard)"),
    ],
)
def test_a_title_or_a_misspelt_slug_is_answered_with_what_finds_the_dashboard(typed: str, meant: str) -> None:
    with pytest.raises(NotFound) as refused:
        Selection((typed,)).resolve(DASHBOARDS, environment="dev")
    assert f"no dashboard “{typed}” among the 2 there" in str(refused.value)
    assert refused.value.next_step.startswith(f"Did you mean {meant}?")


def test_nothing_is_proposed_for_what_is_like_no_dashboard() -> None:
    with pytest.raises(NotFound) as refused:
        Selection(("xyzzy",)).resolve(DASHBOARDS, environment="dev")
    assert refused.value.next_step == "Check the id, UUID or slug, and that the account can see it."
