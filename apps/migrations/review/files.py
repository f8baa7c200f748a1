# [DEF:migrations.review.files:Module]
# @COMPLEXITY: 2
# @PURPOSE: The files of a planning task: the plan, and what its readers need where no migration keeps it.
# @RELATION DEPENDS_ON -> migrations.services.planning
# @RELATION CALLS -> superset.view.masking

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.migrations.services.planning import Created
from apps.superset.view.masking import masked_plan

PLAN = "plan.json"
"""To download: secrets masked and people left out, with the checksum of the plan as it is stored."""
WHOLE = "whole.json"
ANNEX = "annex.json"
AFTER = "after.zip"
BEFORE = "before.zip"

INTERNAL = frozenset({WHOLE, ANNEX, AFTER, BEFORE})
"""The content of both sides, secrets included: its readers see it by `review`, which asks whether they may."""


def files_of(created: Created) -> dict[str, bytes]:
    """By name."""
    plan = created.plan
    shown = {**replace(masked_plan(plan), attachments=(), access=()).to_json(), "checksum": plan.checksum}
    files = {PLAN: _json(shown), WHOLE: _json(plan.to_json())}
    if planned := created.planned:
        files |= {ANNEX: planned.annex.to_text().encode(), AFTER: planned.bundle, BEFORE: planned.overwritten}
    return files


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
