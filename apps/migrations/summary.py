# [DEF:migrations.summary:Module]
# @COMPLEXITY: 2
# @PURPOSE: The numbers of a plan, and what it says of each asset: kept beside it, so that lists need not read plans.
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION CALLS -> superset.view.concerns

from __future__ import annotations

from typing import Any

from apps.superset.plan.plan import Plan
from apps.superset.view.concerns import concerns, counts

LONGEST_NAME = 500


def summary_of(plan: Plan) -> dict[str, Any]:
    """`counts` of what it creates, updates …, of the risks and losses that its page shows, and the number of its
    `dashboards`."""
    return {"counts": counts(plan, concerns(plan)), "dashboards": len(plan.dashboards)}


def assets_of(plan: Plan) -> list[dict[str, str]]:
    """Its assets, each with what is done to it."""
    return [
        {
            "kind": change.key.kind.value,
            "uuid": change.key.uuid,
            "action": change.action.value,
            "name": change.name[:LONGEST_NAME],
        }
        for change in plan.changes
    ]
