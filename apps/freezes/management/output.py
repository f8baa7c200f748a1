# [DEF:freezes.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Freeze windows as JSON.
# @RELATION DEPENDS_ON -> freezes.models

from __future__ import annotations

from typing import Any

from django.utils import timezone

from apps.freezes.models import FreezeWindow


def freeze_data(window: FreezeWindow) -> dict[str, Any]:
    now = timezone.now()
    span = window.upcoming(now)
    return {
        "id": window.pk,
        **window.facts(),
        "state": window.state(now).value,
        "next": {"starts": span.starts.isoformat(), "ends": span.ends.isoformat()} if span else None,
    }
