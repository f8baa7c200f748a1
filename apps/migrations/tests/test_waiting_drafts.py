"""Which dashboards a run that stopped has left unpublished, from what its journal keeps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from apps.migrations.models import Run
from apps.migrations.status import waiting_drafts
from apps.superset.assets import Key, Kind
from apps.superset.plan.plan import Plan

SALES = Key(Kind.DASHBOARD, "04f79081-fb49-7bac-7f14-cc76cd2ad93b")
PLAN = cast("Plan", SimpleNamespace(drafts={SALES: "hash"}, changes=[SimpleNamespace(key=SALES, name="Sales")]))


def run(*writes: tuple[str, str]) -> Run:
    rows = [SimpleNamespace(act=act, state=state, keys=[str(SALES)]) for act, state in writes]
    found: Any = SimpleNamespace(writes=SimpleNamespace(all=lambda: rows))
    return cast("Run", found)


@pytest.mark.parametrize(
    ("runs", "names"),
    [
        ([run(("import", "written"))], ["Sales"]),
        ([run(("import", "sent"))], ["Sales"]),
        ([run(("import", "refused"))], []),
        ([run(("hide", "written"))], ["Sales"]),
        ([run(("hide", "sent"))], ["Sales"]),
        ([run(("hide", "written"), ("import", "written"), ("publish", "written"))], []),
        ([run(("import", "written"), ("attach", "written"))], ["Sales"]),
        ([run(("import", "written"), ("publish", "sent"))], ["Sales"]),
        ([run(("import", "written"), ("publish", "written"))], []),
        ([run(("import", "written")), run(("publish", "written"))], []),
    ],
)
def test_a_dashboard_waits_from_its_import_until_it_is_known_to_be_published(runs: list[Run], names: list[str]) -> None:
    assert waiting_drafts(runs, PLAN) == names
