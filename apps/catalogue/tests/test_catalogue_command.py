"""`lockstep catalogue`, from the words typed to what is printed."""

from __future__ import annotations

import json

import pytest

from apps.catalogue.models import CatalogueSync
from apps.superset.errors import Unreachable
from apps.superset.tests.world import BIRTHS
from apps.tasks.models import Task
from apps.tasks.tests.factories import run_all


def sync(manage):
    return manage("catalogue", "sync", "dev", "--pause", "0")


def test_sync_prints_what_exists_and_what_is_new(mirror, manage):
    code, said, told = sync(manage)
    assert code == 0
    assert said.startswith("“dev” has 9 dashboards, 102 charts, 20 datasets, 1 database: 132 new, 132 hashed; ")
    assert "[1/2] databases of dev: 1 new" in told
    assert "9 dashboards, 102 charts, 20 datasets, 1 database: nothing new; " in sync(manage)[1]


def test_sync_for_programs(mirror, manage):
    answer = json.loads(manage("catalogue", "sync", "dev", "--full", "--format", "json", "--pause", "0")[1])
    assert (answer["environment"], answer["counts"]["dashboard"], answer["hashed"]) == ("dev", 9, 132)


def work_first():
    """A worker that takes the task as soon as somebody waits for it."""
    run_all()
    return True


@pytest.mark.usefixtures("transactional_db", "author")
def test_sync_by_a_worker_answers_as_without_one(mirror, manage, monkeypatch):
    monkeypatch.setattr("apps.tasks.management.follow.worker_is_alive", work_first)
    queued = ("catalogue", "sync", "dev", "--pause", "0", "--queue")
    code, said, told = manage(*queued)
    assert (code, said.startswith("“dev” has 9 dashboards, 102 charts, 20 datasets, 1 database: 132 new")) == (0, True)
    assert "databases of dev: 1 new" in told
    assert Task.objects.get().params == {"everything": False, "pause": 0.0}
    mirror.servers.servers["dev"] = Unreachable("no response within 10 s", environment="dev")
    code, said, _ = manage(*queued)
    assert (code, "dev: no response within 10 s." in said) == (1, True)


def test_show_lists_dashboards_and_the_age_of_the_catalogue(mirror, manage):
    sync(manage)
    code, said, _ = manage("catalogue", "show", "dev")
    lines = said.splitlines()
    assert (code, len(lines)) == (0, 12)
    assert lines[0].split() == ["ID", "NAME", "SLUG", "STATUS", "OWNERS", "CHANGED", "HASH"]
    row = next(line for line in lines if "USA Births Names" in line)
    assert mirror.row(BIRTHS).content_hash[:12] in row
    assert lines[-1].startswith("As of 20")


def test_show_finds_by_kind_and_text(mirror, manage):
    sync(manage)
    answer = json.loads(manage("catalogue", "show", "dev", "--search", "BIRTHS", "--format", "json")[1])
    assert [asset["slug"] for asset in answer["assets"]] == ["births"]
    answer = json.loads(manage("catalogue", "show", "dev", "--kind", "database", "--format", "json")[1])
    assert [(asset["name"], asset["changed_on"]) for asset in answer["assets"]] == [("examples", None)]


def test_show_does_not_deny_assets_that_only_do_not_match(mirror, manage):
    sync(manage)
    said = manage("catalogue", "show", "dev", "--kind", "database", "--search", "xyzzy")[1]
    assert said.startswith("None matches. As of 20")


def test_show_works_while_the_superset_is_down_and_says_so(mirror, manage):
    sync(manage)
    mirror.servers.servers["dev"] = Unreachable("no response within 10 s", environment="dev")
    code, _, told = sync(manage)
    assert code == 1
    assert told.splitlines()[-1].startswith("dev: no response within 10 s.")
    code, said, _ = manage("catalogue", "show", "dev")
    assert code == 0
    assert "USA Births Names" in said
    assert "The last sync failed: dev: no response within 10 s." in said.splitlines()[-1]


def test_show_of_an_environment_that_was_never_synced_says_what_to_do(mirror, manage):
    assert manage("catalogue", "show", "dev") == (
        0,
        "No dashboard is known in “dev”. Never synced. Run `lockstep catalogue sync dev`.\n",
        "",
    )


def test_an_unknown_environment_is_named(mirror, manage):
    code, _, told = manage("catalogue", "show", "stage")
    assert (code, told) == (1, "There is no environment “stage”. Known environments: dev.\n")


@pytest.mark.parametrize("pause", ["x", "-1", "61", "nan"])
def test_a_pause_is_a_number_of_seconds(mirror, manage, pause):
    assert manage("catalogue", "sync", "dev", f"--pause={pause}")[0] == 1


def test_what_is_stored_of_a_failed_sync_names_no_command(mirror, manage, author):
    mirror.environment.enabled = False
    mirror.environment.save()
    assert "lockstep environment enable dev" in manage("catalogue", "sync", "dev")[2]
    stored = CatalogueSync.objects.get().error
    assert stored["sentence"] == "The environment “dev” is disabled. Enable it first."
    assert stored["detail"] == stored["sentence"]
