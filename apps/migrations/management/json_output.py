# [DEF:migrations.management.json_output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Migrations, plans and runs as the JSON that the commands print.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

from typing import Any

from apps.migrations.approvals import approvals_of
from apps.migrations.liveness import error_of, state_of
from apps.migrations.models import Decision, Migration, Run
from apps.migrations.status import status_of
from apps.superset.plan.plan import Plan


def plan_data(plan: Plan) -> dict[str, Any]:
    return {**plan.to_json(), "checksum": plan.checksum, "pending": plan.pending}


def migration_data(migration: Migration) -> dict[str, Any]:
    return {
        "id": migration.pk,
        "title": migration.title,
        "source": migration.source.name,
        "target": migration.target.name,
        "status": status_of(migration).value,
        "author": migration.author.username,
        "created": migration.created.isoformat(),
    }


def run_data(run: Run) -> dict[str, Any]:
    return {
        "id": run.pk,
        "kind": run.kind,
        "state": state_of(run).value,
        "actor": run.actor.username,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
        "written": run.written,
        "open": run.open,
        "result": run.result,
        "error": error_of(run),
    }


def decision_data(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.pk,
        "kind": decision.kind,
        "actor": decision.actor.username if decision.actor else None,
        "at": decision.at.isoformat(),
        "note": decision.note,
        "plan": decision.plan.number,
        "checksum": decision.checksum,
    }


def approvals_data(migration: Migration) -> dict[str, Any]:
    found = approvals_of(migration)
    fallen = [{"actor": str(each.decision.actor), "reason": each.why} for each in found.fallen]
    return {"needed": found.needed, "given": len(found.given), "fallen": fallen}
