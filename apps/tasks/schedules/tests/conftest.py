from __future__ import annotations

import pytest

from apps.tasks.schedules.tests.factories import Hands
from apps.tasks.tests.conftest import plugins_path, probe  # noqa: F401


@pytest.fixture
def hands(monkeypatch):
    return Hands(monkeypatch)
