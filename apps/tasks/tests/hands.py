"""A clock that a test turns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest


def at(text: str) -> datetime:
    """A moment of 1 December 2026 by its time, or any by date and time; in UTC."""
    return datetime.fromisoformat(text if "T" in text else f"2026-12-01T{text}").replace(tzinfo=UTC)


class Hands:
    """The hands of the clock; `tick` is called whenever they are set."""

    def __init__(self, patch: pytest.MonkeyPatch, tick: Callable[[], Any]) -> None:
        self.now = at("09:59")
        self._tick = tick
        patch.setattr("django.utils.timezone.now", lambda: self.now)

    def set(self, text: str) -> Any:
        """Show this time, and tick."""
        self.now = at(text)
        return self._tick()
