from __future__ import annotations

import pytest

from apps.migrations.tests.factories import Stage


@pytest.fixture
def stage(author, monkeypatch):
    return Stage(author, monkeypatch)
