from __future__ import annotations

import pytest

from apps.migrations.tests.factories import Stage
from apps.tasks import services
from apps.tasks.services import start_task
from apps.tasks.tests.factories import ended, run_all


@pytest.fixture
def stage(author, monkeypatch):
    return Stage(author, monkeypatch)


@pytest.fixture
def run(stage):
    def run(action, environment=stage.target, **params):
        return ended(
            start_task(actor=stage.author, plugin="migrations", action=action, params=params, environment=environment)
        )

    return run


@pytest.fixture
def worker(monkeypatch):
    """One that takes the task as soon as somebody waits for it."""
    monkeypatch.setattr(services.time, "sleep", lambda seconds: None)

    def work_first():
        run_all()
        return True

    monkeypatch.setattr("apps.tasks.management.follow.worker_is_alive", work_first)
