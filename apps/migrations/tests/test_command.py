"""`lockstep migration`, from the words typed to what is printed and the exit code."""

from __future__ import annotations

import json
import shlex

import pytest

from apps.core.tests.pages import Pages
from apps.environments.management.progress import ConsoleReporter
from apps.migrations.models import Migration, Run
from apps.migrations.tests.factories import BIRTHS, PAIR, Failing, Silenced
from apps.superset.assets import Kind
from apps.superset.errors import BundleRefused, Cancelled, Unreachable
from apps.superset.tests.fake_superset import FakeSuperset
from apps.tasks.models import Task, TaskLine

pytestmark = pytest.mark.usefixtures("transactional_db")

PLAN = ("migration", "plan", "dev", "prod", "--dashboard", "births", "--map-database", PAIR)


@pytest.fixture
def number(stage):
    return stage.plan().pk


def test_a_plan_is_printed_kept_and_ends_with_2(stage, manage):
    code, said, told = manage(*PLAN)
    migration = Migration.objects.get()
    assert code == 2
    assert "USA Births Names" in said
    assert "examples” → “warehouse" in said
    assert said.endswith(f"To apply it: lockstep migration apply {migration.pk} --yes\n")
    assert " s  listing the assets of dev and prod" in told


def test_a_plan_for_programs_has_its_checksum_and_its_migration(stage, manage):
    code, said, _ = manage(*PLAN, "--format", "json")
    answer = json.loads(said)
    assert code == 2
    assert answer["migration"]["status"] == "planned"
    assert answer["plan"]["checksum"] == Migration.objects.get().plans.get().checksum
    assert answer["plan"]["pending"] is True


def test_a_plan_that_changes_nothing_ends_with_0(stage, manage, number):
    assert manage("migration", "apply", number, "--yes")[0] == 0
    code, said, _ = manage(*PLAN)
    assert code == 0
    assert "Nothing to do" in said
    code, said, _ = manage(*PLAN, "--format", "json")
    assert (code, json.loads(said)["migration"]) == (0, None)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--dashboard", "births"), "prod: the plan was refused: database “examples” is not mapped"),
        (("--dashboard", "nothere", "--map-database", PAIR), "dev: no dashboard “nothere” among the 1 there"),
        (("--all", "--map-database", "examples=lake"), "There is no database “lake” in prod"),
        (("--all", "--map-database", "examples"), "“examples” is not of the form SOURCE=TARGET"),
    ],
)
def test_a_plan_that_is_refused_ends_with_1_and_keeps_nothing(stage, manage, words, why):
    code, said, told = manage("migration", "plan", "dev", "prod", *words)
    assert (code, said) == (1, "")
    assert told.splitlines()[-1].startswith(why)
    assert not Migration.objects.exists()


def test_a_refusal_gives_the_option_that_lets_it_pass(stage, manage):
    stage.dev.roles[BIRTHS] = [3]
    option = f"--acknowledge restricted:{BIRTHS}"
    code, _, told = manage(*PLAN)
    assert code == 1
    assert option in told.splitlines()[-1]
    code, said, _ = manage(*PLAN, *option.split())
    assert code == 2
    assert "Acknowledged: dashboard “USA Births Names” is restricted to “role 3”" in said


def test_advice_names_no_option_for_refusals_that_it_does_not_lift(stage, manage):
    stage.dev.roles[BIRTHS] = [3]
    next(iter(stage.dev.documents[Kind.DATASET].values()))["main_dttm_col"] = "d" * 251
    _, _, told = manage(*PLAN)
    assert f"Once the rest is resolved, add --acknowledge restricted:{BIRTHS}" in told


def test_planning_again_requires_acknowledging_again(stage, manage):
    stage.dev.roles[BIRTHS] = [3]
    option = ("--acknowledge", f"restricted:{BIRTHS}")
    manage(*PLAN, *option)
    number = str(Migration.objects.get().pk)
    assert manage("migration", "replan", number)[0] == 1
    assert manage("migration", "replan", number, *option)[0] == 2


def test_a_plan_that_is_no_longer_needed_says_how_to_close_its_migration(stage, manage):
    manage(*PLAN)
    stage.apply(stage.plan())
    first = Migration.objects.earliest("pk").pk
    code, said, _ = manage("migration", "replan", first)
    assert code == 0
    assert said.endswith(f"no longer needed. To close it: lockstep migration withdraw {first}\n")
    assert manage("migration", "withdraw", first)[0] == 0


def test_an_unreachable_side_is_one_sentence(stage, manage):
    stage.servers.servers["prod"] = Unreachable("no response within 10 s", environment="prod")
    code, said, told = manage(*PLAN, "--format", "json")
    assert code == 1
    assert json.loads(said)["error"]["environment"] == "prod"
    assert told.splitlines()[-1].startswith("prod: no response within 10 s.")


@pytest.mark.parametrize("words", [(), ("--all", "--dashboard", "1"), ("--dashboard",)])
def test_a_selection_is_needed_and_only_one(stage, manage, words):
    assert manage("migration", "plan", "dev", "prod", *words)[0] == 1


def test_apply_without_yes_is_a_dry_run_and_ends_with_2(stage, manage, number):
    code, said, _ = manage("migration", "apply", number)
    assert code == 2
    assert "1. Preflight: " in said
    assert said.endswith(f"To go on: lockstep migration apply {number} --yes\n")
    assert (stage.prod.writes, Run.objects.count()) == ([], 0)


def test_apply_and_rollback_report_what_they_did(stage, manage, number):
    code, said, told = manage("migration", "apply", number, "--yes")
    assert code == 0
    assert said.startswith(f"Applied migration {number} on “prod”: ")
    assert "verified by reading back" in said
    assert "[1/" in told
    assert manage("migration", "apply", number, "--yes")[:2] == (
        0,
        f"Nothing to do. Migration {number} has already been applied.\n",
    )
    code, said, _ = manage("migration", "rollback", number)
    assert code == 2
    assert "Remove: delete" in said
    code, said, _ = manage("migration", "rollback", number, "--yes", "--format", "json")
    answer = json.loads(said)
    assert (code, answer["migration"]["status"], answer["run"]["state"]) == (0, "rolled back", "succeeded")


def test_charts_that_do_not_answer_are_reported_after_the_apply_where_it_was_chosen(stage, manage, number, author):
    stage.target.check_queries = True
    stage.target.save()
    chart = next(iter(stage.dev.documents[Kind.CHART].values()))
    stage.prod.query_errors = {chart["uuid"]: "no such table"}
    code, said, told = manage("migration", "apply", number, "--yes")
    assert code == 0
    assert f"\n  chart “{chart['slice_name']}”: no such table\n" in said
    assert "charts return data on prod" in told
    page = Pages(author).see(f"migrations/migration/{number}/change/")
    assert f"chart “{chart['slice_name']}”: no such table" in page
    assert "charts return data on prod; these do not." in page


def test_a_refused_plan_names_the_command_that_helps(stage, manage):
    _, _, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births")
    assert "`lockstep mapping suggest dev prod`" in told


def test_apply_refuses_another_checksum(stage, manage, number):
    code, _, told = manage("migration", "apply", number, "--yes", "--checksum", "0" * 64)
    assert code == 1
    assert told.startswith("The checksum does not match the plan")
    assert stage.prod.writes == []


def test_apply_refuses_a_protected_target(stage, manage, number):
    manage("environment", "edit", "prod", "--protected")
    code, _, told = manage("migration", "apply", number, "--yes")
    assert code == 1
    assert told.startswith("“prod” is protected")


def test_a_stale_target_ends_with_1(stage, manage, number):
    manage("migration", "apply", stage.plan().pk, "--yes")
    stage.prod.document(BIRTHS)["css"] = "changed by somebody"
    code, _, told = manage("migration", "apply", number, "--yes")
    assert code == 1
    assert told.splitlines()[-1].startswith("prod: the target is no longer as planned")


def test_show_prints_plan_status_and_runs(stage, manage, number):
    said = manage("migration", "show", number)[1]
    assert said.startswith(f"Migration {number}: dev → prod, planned\n")
    manage("migration", "apply", number, "--yes")
    assert "apply by author: succeeded" in manage("migration", "show", number)[1]
    answer = json.loads(manage("migration", "show", number, "--format", "json")[1])
    assert (answer["migration"]["status"], answer["runs"][0]["state"]) == ("succeeded", "succeeded")
    assert answer["plan"]["changes"]
    assert manage("migration", "show", number, "--format", "markdown")[1].startswith(f"**Migration {number}:")


def test_show_of_a_failed_run_shows_what_was_written_and_what_to_do(stage, manage, number):
    run = Run.objects.create(
        migration_id=number,
        plan=Migration.objects.get().plans.get(),
        target=stage.target,
        kind="apply",
        state="failed",
        actor=stage.author,
        host="here",
        pid=1,
        heartbeat="2026-01-01T00:00:00Z",
        error={"kind": "x", "sentence": "It broke.", "context": {}},
    )
    run.writes.create(act="import", keys=[str(BIRTHS)], state="written")
    said = manage("migration", "show", number)[1]
    assert "apply by author: failed: It broke. 1 asset was written." in said
    assert "before it failed\n  dashboard “USA Births Names”\n" in said
    assert f"lockstep migration rollback {number} --yes" in said


def test_show_does_not_call_written_what_nobody_knows_of(stage, manage, number):
    stage.prod.__class__ = Silenced
    assert manage("migration", "apply", number, "--yes")[0] == 1
    said = manage("migration", "show", number)[1]
    assert "Written by the last run" not in said
    assert "\nNot known whether written\n" in said
    assert "\n  dashboard “USA Births Names”\n" in said.partition("Not known whether written")[2]
    assert f"To undo what was written: lockstep migration rollback {number} --yes" in said


def test_show_offers_no_undo_where_nothing_was_written(stage, manage, number, monkeypatch):
    def refuse(*_):
        raise BundleRefused("the bundle was refused", environment="prod")

    monkeypatch.setattr(stage.prod, "import_bundle", refuse)
    assert manage("migration", "apply", number, "--yes")[0] == 1
    said = manage("migration", "show", number)[1]
    assert said.endswith(f"To apply it again: lockstep migration apply {number} --yes\n")
    assert "rollback" not in said
    assert manage("migration", "rollback", number, "--yes")[1].startswith("Nothing to do")


def test_show_of_a_stale_plan_says_to_plan_it_again(stage, manage, number):
    test_a_stale_target_ends_with_1(stage, manage, number)
    assert manage("migration", "show", number)[1].endswith(f"To plan it again: lockstep migration replan {number}\n")


def test_show_after_an_undo_that_is_open_says_what_is_still_to_come(stage, manage, number):
    stage.prod.__class__ = Silenced
    manage("migration", "apply", number, "--yes")
    stage.prod.__class__ = FakeSuperset
    manage("migration", "rollback", number, "--yes")
    said = manage("migration", "show", number)[1]
    assert "Not known whether written\n" in said
    assert f"If the open request arrives after all: lockstep migration rollback {number} --yes." in said


def test_list_shows_all_migrations(stage, manage):
    assert manage("migration", "list")[1].startswith("No migrations yet")
    number = stage.plan().pk
    row = manage("migration", "list")[1].splitlines()[1]
    assert row.split()[:5] == [str(number), "dev", "prod", "planned", "author"]


@pytest.mark.parametrize("words", [("show", "7"), ("apply", "7", "--yes"), ("rollback", "7")])
def test_an_unknown_migration_ends_with_1(db, manage, words):
    assert manage("migration", *words) == (1, "", "There is no migration 7. See `lockstep migration list`.\n")


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "9" * 30])
def test_a_number_that_is_none_is_wrong_usage(manage, number):
    assert manage("migration", "show", number)[0] == 1


def test_a_failure_after_the_first_write_says_how_to_undo_it(stage, manage, number):
    stage.prod.__class__ = Failing
    code, _, told = manage("migration", "apply", number, "--yes")
    assert code == 1
    assert " assets were written. See `lockstep migration show" in told
    assert told.endswith(f"Undo with `lockstep migration rollback {number} --yes`.\n")


def test_what_is_stored_of_a_failed_run_names_no_command(stage, manage, number):
    stage.prod.__class__ = Failing
    told = manage("migration", "apply", number, "--yes")[2]
    task = Task.objects.get()
    assert "lockstep" in told
    assert "Roll back to undo." in task.error["next_step"]
    for text in (*task.error.values(), *TaskLine.objects.values_list("text", flat=True)):
        assert "lockstep" not in str(text)


def test_what_is_stored_of_a_stale_run_names_no_command(stage, manage, number):
    manage("migration", "apply", stage.plan().pk, "--yes")
    stage.prod.document(BIRTHS)["css"] = "changed by somebody"
    told = manage("migration", "apply", number, "--yes")[2]
    assert f"lockstep migration replan {number}" in told.splitlines()[-1]
    assert "lockstep" not in Task.objects.first().error["sentence"]


def test_a_half_written_migration_that_has_become_stale_is_undone_and_not_planned_again(stage, manage, number):
    stage.prod.__class__ = Failing
    manage("migration", "apply", number, "--yes")
    stage.prod.__class__ = FakeSuperset
    stage.prod.document(BIRTHS)["dashboard_title"] = "Births of a colleague"
    code, _, told = manage("migration", "apply", number, "--yes")
    assert code == 1
    last = told.splitlines()[-1]
    assert "Plan again" not in last
    assert "Nothing was written" not in last
    assert "This run wrote nothing, but " in last
    assert last.endswith(f" on the target. Undo with `lockstep migration rollback {number} --yes`.")
    assert Run.objects.last().error["next_step"] == "Roll back what is on the target, then plan again."


def test_what_cannot_be_undone_below_a_later_one_is_not_offered_to_be_undone_in_part(stage, manage, number):
    manage("migration", "apply", number, "--yes")
    stage.prod.document(BIRTHS)["dashboard_title"] = "Edited in prod"
    later = stage.plan()
    stage.apply(later)
    code, _, told = manage("migration", "rollback", number, "--yes")
    assert code == 1
    last = told.splitlines()[-1]
    assert last.endswith(
        f"Roll back {later.pk} first. Or undo all the same with `lockstep migration rollback {number} --yes "
        "--force REASON`."
    )
    assert "--keep-changed" not in last
    assert manage("migration", "rollback", number)[2].splitlines()[-1].endswith(last.partition("nothing was")[2])


@pytest.mark.parametrize("option", ["--keep-changed", "--force 'it was a test'"])
def test_a_dry_run_of_an_undo_gives_the_command_for_what_it_has_shown(stage, manage, number, option):
    manage("migration", "apply", number, "--yes")
    code, said, _ = manage("migration", "rollback", number, *shlex.split(option))
    assert code == 2
    assert f"To go on: lockstep migration rollback {number} --yes {option}\n" in said


def test_a_dry_run_of_an_apply_gives_the_command_for_what_it_has_shown(stage, manage, number):
    checksum = Migration.objects.get().plans.get().checksum
    said = manage("migration", "apply", number, "--checksum", checksum, "--override", "now")[1]
    assert f"To go on: lockstep migration apply {number} --yes --checksum {checksum} --override now\n" in said


def test_ctrl_c_ends_with_130_and_the_migration_is_interrupted(stage, manage, number, monkeypatch):
    monkeypatch.setattr(ConsoleReporter, "check_cancelled", lambda self: cancel())
    code, said, told = manage("migration", "apply", number, "--yes")
    assert (code, said) == (130, "")
    assert told.splitlines()[-1] == "Stopped on request. Nothing was written."
    answer = json.loads(manage("migration", "show", number, "--format", "json")[1])
    assert (answer["migration"]["status"], answer["runs"][0]["written"]) == ("interrupted", [])


def cancel():
    raise Cancelled("Stopped on request.")


def test_an_environment_with_migrations_is_not_removed(stage, manage, number):
    code, _, told = manage("environment", "remove", "dev")
    assert code == 1
    assert told.startswith(
        "The environment “dev” is part of the history of migrations and cannot be removed. Disable it instead"
    )


def test_the_plan_of_a_terminal_has_coloured_signs_and_differences(stage, manage):
    manage("migration", "apply", stage.plan().pk, "--yes")
    dashboard = stage.dev.document(BIRTHS)
    dashboard["css"] = "a {\n  color: red;\n}"
    stage.dev.touch(BIRTHS)
    _, said, told = manage(*PLAN, "--force-color")
    assert said, told
    assert "\n\x1b[33m  ~ USA Births Names" in said
    assert "\n\x1b[32m        | +  color: red;\x1b[0m\n" in said
    assert "\x1b[" not in manage(*PLAN)[1]
    assert "\x1b[" not in manage(*PLAN, "--force-color", "--format", "markdown")[1]
