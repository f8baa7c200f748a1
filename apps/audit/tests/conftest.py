from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from apps.audit import export, triggers
from apps.audit.tests.forging import deeds


@pytest.fixture
def entries(author):
    return deeds(author, 5)


@pytest.fixture
def closes_at_once(monkeypatch):
    """No test waits for ten minutes."""
    monkeypatch.setattr(export, "KEPT_OPEN", timedelta())


@pytest.fixture
def unguarded(db):
    triggers.remove(connection)
    yield
    triggers.install(connection)


@pytest.fixture
def with_key_file(settings):
    settings.AUDIT_KEY_FROM_ENVIRONMENT = False
    settings.AUDIT_KEYS = ["a" * 40]
