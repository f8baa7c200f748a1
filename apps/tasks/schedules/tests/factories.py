"""Schedules for tests, and a clock that a test turns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.tasks.schedules import clock
from apps.tasks.schedules.models import Schedule
from apps.tasks.schedules.services import create_schedule


def at(text: str) -> datetime:
    """A moment of 1 December 2026 by its time, or any by date and time; in UTC."""
    return datetime.fromisoformat(text if "T" in text else f"2026-12-01T{text}").replace(tzinfo=UTC)


class Hands:
    """The hands of the clock that the schedules look at."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = at("09:59")
        patch.setattr("django.utils.timezone.now", lambda: self.now)

    def set(self, text: str) -> int:
        """Show this time, and tick."""
        self.now = at(text)
        return clock.tick()


def make_schedule(actor: Any, **facts: Any) -> Schedule:
    """Every hour, by the probe."""
    words = {"name": "hourly", "plugin": "probe", "action": "say", "params": {"text": "hello"}, "cron": "0 * * * *"}
    return create_schedule(actor=actor, **words | facts)
