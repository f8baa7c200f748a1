"""What the catalogue does as tasks of a worker."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.catalogue.models import CatalogueSync
from apps.catalogue.services.sync import count_assets
from apps.core.errors import LockstepError, NotThere
from apps.environments.models import Environment
from apps.superset.errors import Unreachable
from apps.tasks.models import TaskState
from apps.tasks.services import start_task
from apps.tasks.tests.factories import ended

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def run(author, mirror):
    def run(action, environment=mirror.environment, **params):
        return ended(
            start_task(actor=author, plugin="catalogue", action=action, params=params, environment=environment)
        )

    return run


def test_a_sync_is_a_task_with_stages_lines_and_a_result(run, mirror):
    task = run("sync", pause=0.0)
    assert task.state == TaskState.SUCCEEDED
    assert [(stage["name"], stage["number"], bool(stage["finished"])) for stage in task.stages] == [
        ("list", 1, True),
        ("hash", 2, True),
    ]
    assert "dashboards of dev: 9 new" in [line.text for line in task.lines.all()]
    assert task.progress == {"stage": "hash dashboards of dev", "done": 9, "total": 9}
    assert (task.result["counts"]["dashboard"], task.result["hashed"]) == (9, 132)
    assert count_assets(mirror.environment)["chart"] == 102


def test_a_check_remembers_the_release(run, mirror):
    task = run("check")
    found = {"release": "6.1.0", "url": mirror.environment.url, "sign_in_kinds": ["db"]}
    assert task.result == {"environment": "dev", **found}
    mirror.environment.refresh_from_db()
    assert (mirror.environment.state, mirror.environment.sign_in_kinds) == ("ok", ["db"])


@pytest.mark.parametrize("action", ["sync", "refresh_ids"])
def test_what_went_well_is_the_last_contact(run, mirror, action):
    Environment.objects.update(last_error={"kind": "unreachable"}, release="6.1.0", sign_in_kinds=["db"])
    with CaptureQueriesContext(connection) as queries:
        run(action)
    mirror.environment.refresh_from_db()
    assert mirror.environment.state == "ok"
    assert mirror.environment.last_contact is not None
    assert sum(query["sql"].startswith('UPDATE "environments_environment"') for query in queries) == 1


def test_a_failed_task_does_not_count_as_contact(run, mirror):
    mirror.servers.servers["dev"] = Unreachable("no response within 10 s", environment="dev")
    run("sync")
    mirror.environment.refresh_from_db()
    assert mirror.environment.last_contact is None


def test_refreshing_the_ids_takes_no_hash(run):
    task = run("refresh_ids")
    assert (task.result["created"], task.result["hashed"]) == (132, 0)


@pytest.mark.parametrize("action", ["sync", "check", "refresh_ids"])
def test_a_superset_that_is_down_fails_the_task_with_its_sentence(run, mirror, action):
    mirror.servers.servers["dev"] = Unreachable("no response within 10 s", environment="dev")
    task = run(action)
    assert (task.state, task.error["kind"]) == (TaskState.FAILED, "unreachable")
    assert task.error["sentence"].startswith("dev: no response within 10 s.")
    if action != "check":
        assert CatalogueSync.objects.get().error["kind"] == "unreachable"


def test_a_sync_needs_an_environment(run):
    with pytest.raises(LockstepError, match="catalogue.sync needs an environment: choose one"):
        run("sync", environment=None)


def test_a_pause_has_bounds(run):
    assert run("sync", pause=-1.0).error["sentence"].startswith("A pause of -1.0 seconds is out of range")


def test_an_unknown_action_is_refused(run):
    with pytest.raises(NotThere, match="has no action “scan”"):
        run("scan")
