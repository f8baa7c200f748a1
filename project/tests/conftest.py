from __future__ import annotations

import pytest

from project.tests.world import World


@pytest.fixture
def world(author, monkeypatch):
    return World(author, monkeypatch)
