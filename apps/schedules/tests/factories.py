"""Schedules for tests."""

from __future__ import annotations

from typing import Any

from apps.schedules.models import Schedule
from apps.schedules.services import create_schedule


def make_schedule(actor: Any, **facts: Any) -> Schedule:
    """Every hour, by the probe."""
    words = {"name": "hourly", "plugin": "probe", "action": "say", "params": {"text": "hello"}, "cron": "0 * * * *"}
    return create_schedule(actor=actor, **words | facts)
