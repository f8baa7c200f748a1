from __future__ import annotations

import pytest

from apps.catalogue.tests.factories import Mirror


@pytest.fixture
def mirror(db, monkeypatch):
    return Mirror(monkeypatch)
