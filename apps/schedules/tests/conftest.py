from __future__ import annotations

import pytest

from apps.schedules.clock import start_due
from apps.tasks.tests.conftest import plugins_path, probe  # noqa: F401
from apps.tasks.tests.hands import Hands


@pytest.fixture
def hands(monkeypatch):
    return Hands(monkeypatch, start_due)
