# [DEF:migrations.review.outcome:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the last run of a migration did, and whether it can be undone.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION CALLS -> core.sentences
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from django.utils.translation import gettext

from apps.core.sentences import shown
from apps.migrations import messages
from apps.migrations.models import Migration, Run, RunKind, RunState
from apps.superset.plan.beside import Line, attachment_lines
from apps.superset.plan.plan import Plan


def outcome(migration: Migration, run: Run, plan: Plan, rollback: Mapping[str, Any]) -> dict[str, Any]:
    """Beside the run itself. `rollback` is the verdict on that."""
    result: Mapping[str, Any] = run.result or {}
    possible = bool(rollback["allowed"])
    seconds = round((run.finished - run.started).total_seconds(), 1) if run.finished else None
    return {
        "written": run.written,
        "repaired": list(result.get("repairs", ())),
        "attached": [asdict(line) for line in attached_lines(run, plan)],
        "kept": kept_lines(run),
        "verified": len(plan.kept) if run.state == RunState.SUCCEEDED else 0,
        "seconds": seconds,
        "undo": {
            "possible": possible,
            "sentence": messages.UNDO_POSSIBLE.format(target=migration.target) if possible else rollback["reason"],
        },
    }


def kept_lines(run: Run) -> list[str]:
    """What it left to others: orphans, each with the reason in the reader's language, or what an undo kept."""
    result: Mapping[str, Any] = run.result or {}
    reasons = [shown(each["text"], each["stored"]) for each in result.get("reasons") or ()]
    return reasons or list(result.get("kept") or ())


def attached_lines(run: Run, plan: Plan) -> list[Line]:
    """What a run that ended well has set beside the documents, or an undo set back, in the reader's language."""
    said = (run.result or {}).get("attached") or ()
    planned = plan.attachments if run.kind == RunKind.APPLY else [each.inverse for each in plan.attachments]
    done = (each for each in planned if any(f"“{each.name}”: {each.aspect.value}: " in sentence for sentence in said))
    return attachment_lines(replace(plan, attachments=tuple(done)), gettext)
