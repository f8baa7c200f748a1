# [DEF:schedules.retention:Module]
# @COMPLEXITY: 3
# @PURPOSE: How long the outcome of a slot is kept.
# @RELATION DEPENDS_ON -> schedules.models

from __future__ import annotations

from datetime import datetime, timedelta

from apps.schedules.models import ScheduledRun, ScheduledRunState

KEPT = timedelta(days=180)


def forget_runs(now: datetime) -> int:
    """Remove the runs that are older than that, unless they still wait; how many there were."""
    return ScheduledRun.objects.filter(created__lt=now - KEPT).exclude(state=ScheduledRunState.WAITING).delete()[0]
