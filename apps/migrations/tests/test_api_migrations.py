from __future__ import annotations

import pytest

from apps.migrations.models import Migration, Run
from apps.migrations.status import Status, status_of
from apps.migrations.tests.factories import BIRTHS, PAIR, Failing
from apps.migrations.tests.test_runs import dead_pid
from apps.superset.errors import ServerFault
from apps.tasks.models import Task

LIST = "/api/v1/migrations"
BETWEEN = {"source": "dev", "target": "prod"}


@pytest.fixture
def planned(stage):
    return stage.plan()


@pytest.fixture
def checksum(planned):
    return planned.plans.get().checksum


class TestTheList:
    def test_each_migration_is_listed_with_its_status(self, api, stage, planned):
        stage.apply(planned)
        stage.rename_in_dev("New title")
        later = stage.plan()
        rows = api.get(LIST).json()["results"]
        assert [(row["id"], row["status"], row["state"]) for row in rows] == [
            (later.pk, "planned", "planned"),
            (planned.pk, "succeeded", "planned"),
        ]
        assert (rows[0]["source"], rows[0]["target"], rows[0]["author"]) == ("dev", "prod", "author")

    def test_migrations_are_filtered_by_any_status(self, api, stage, planned):
        def check(expected):
            assert status_of(Migration.objects.get()) is expected
            for status in Status:
                found = api.get(LIST, {"status": status.value}).json()["count"]
                assert found == (status is expected), status

        check(Status.PLANNED)
        stage.prod.__class__, kind = Failing, stage.prod.__class__
        with pytest.raises(ServerFault):
            stage.apply(planned)
        check(Status.FAILED)
        stage.prod.__class__ = kind
        stage.rollback(planned)
        check(Status.ROLLED_BACK)
        stage.apply(planned)
        check(Status.SUCCEEDED)

    def test_migrations_are_filtered_and_searched(self, api, planned):
        assert api.get(LIST, {"target": "prod", "search": "births"}).json()["count"] == 1
        assert api.get(LIST, {"target": "dev"}).json()["count"] == 0


class TestDetails:
    def test_the_plan_is_returned_with_a_sentence_for_each_difference(self, api, stage):
        stage.apply(stage.plan())
        stage.rename_in_dev("New title")
        migration = stage.plan()
        told = api.get(f"{LIST}/{migration.pk}").json()
        assert told["plan"]["checksum"] == migration.plans.get().checksum
        (difference,) = [difference for change in told["plan"]["changes"] for difference in change["differences"]]
        assert "New title" in difference["sentence"]

    def test_the_runs_of_a_migration_are_returned(self, api, stage, planned):
        stage.apply(planned)
        (run,) = api.get(f"{LIST}/{planned.pk}").json()["runs"]
        assert (run["kind"], run["state"], run["actor"], run["task"]) == ("apply", "succeeded", "author", None)
        assert "USA Births Names" in str(run["written"])

    def test_a_run_whose_process_died_is_reported_as_interrupted(self, api, stage, planned):
        stage.apply(planned)
        Run.objects.update(state="running", finished=None, pid=dead_pid(), result=None)
        told = api.get(f"{LIST}/{planned.pk}").json()
        assert (told["status"], told["runs"][0]["state"]) == ("interrupted", "interrupted")
        assert told["runs"][0]["error"]["kind"] == "process_died"
        assert [each["id"] for each in api.get(f"{LIST}?status=interrupted").json()["results"]] == [planned.pk]
        assert api.get(f"{LIST}?status=applying").json()["results"] == []

    def test_what_can_be_done_changes_with_what_was_done(self, api, stage, planned):
        def allowed():
            actions = api.get(f"{LIST}/{planned.pk}").json()["allowed_actions"]
            return {action for action, verdict in actions.items() if verdict["allowed"]}, actions

        assert allowed()[0] == {"apply", "replan", "submit", "withdraw", "comment"}
        stage.apply(planned)
        now, actions = allowed()
        assert now == {"rollback", "comment"}
        assert actions["apply"]["reason"] == f"Migration {planned.pk} has already been applied."

    def test_a_protected_target_is_the_reason(self, api, stage, planned):
        api.patch("/api/v1/environments/prod", {"protected": True})
        actions = api.get(f"{LIST}/{planned.pk}").json()["allowed_actions"]
        assert actions["apply"]["reason"].startswith("“prod” is protected")


class TestExplaining:
    def test_the_stages_are_returned_and_no_server_is_asked(self, api, stage, planned):
        opened = stage.servers.opened.copy()
        told = api.get(f"{LIST}/{planned.pk}/explain").json()
        assert told["stages"][0].startswith("Preflight")
        assert stage.servers.opened == opened

    def test_a_rollback_is_explained_by_the_inverse_plan(self, api, stage, planned):
        stage.apply(planned)
        told = api.get(f"{LIST}/{planned.pk}/explain", {"action": "rollback"}).json()
        assert {change["action"] for change in told["plan"]["changes"]} == {"remove"}

    def test_explaining_is_refused_for_the_same_reasons_as_applying(self, api, planned):
        answer = api.get(f"{LIST}/{planned.pk}/explain", {"action": "rollback"})
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_do")


class TestWhatItKeeps:
    def test_an_environment_that_has_migrations_stays_and_says_so_before(self, api, planned):
        dev = "/api/v1/environments/dev"
        verdict = api.get(dev).json()["allowed_actions"]["remove"]
        assert verdict["reason"].startswith("The environment “dev” is part of the history of migrations")
        answer = api.delete(dev)
        assert (answer.status_code, answer.json()["code"]) == (422, "refused")


class TestStarting:
    def test_planning_is_a_task(self, api, stage, author):
        opened = stage.servers.opened.copy()
        answer = api.post(f"{LIST}/plan", {**BETWEEN, "dashboards": ["births"], "databases": [PAIR]})
        task = Task.objects.get()
        assert (answer.status_code, answer["Location"]) == (202, f"/api/v1/tasks/{task.pk}")
        assert (task.plugin, task.action, task.actor) == ("migrations", "plan", author)
        assert (task.params["dashboards"], task.params["databases"]) == (["births"], [PAIR])
        assert stage.servers.opened == opened

    def test_a_second_click_finds_the_planning_of_the_first(self, api, stage):
        asked = {**BETWEEN, "dashboards": ["births"], "databases": [PAIR]}
        first = api.post(f"{LIST}/plan", asked).json()["id"]
        answer = api.post(f"{LIST}/plan", asked)
        assert (answer.status_code, answer.json()["extra"]) == (409, {"task": first})
        assert api.post(f"{LIST}/plan", {**asked, "allow_many": True}).status_code == 202

    def test_what_is_acknowledged_is_in_the_task_and_in_the_plan(self, api, stage):
        stage.dev.roles[BIRTHS] = [3]
        names = [f"restricted:{BIRTHS}"]
        asked = {**BETWEEN, "dashboards": ["births"], "databases": [PAIR], "acknowledge": names}
        api.post(f"{LIST}/plan", asked)
        assert Task.objects.get().params["acknowledge"] == names
        planned = stage.plan(acknowledge=names)
        assert api.get(f"{LIST}/{planned.pk}").json()["plan"]["acknowledged"] == names

    def test_planning_of_nothing_is_refused_at_once(self, api, stage):
        answer = api.post(f"{LIST}/plan", BETWEEN)
        assert (answer.status_code, answer.json()["detail"][:26]) == (422, "No dashboards are selected")
        assert not Task.objects.exists()

    def test_applying_is_a_task_that_writes_to_the_target(self, api, stage, planned, checksum):
        answer = api.post(f"{LIST}/{planned.pk}/apply", {"checksum": checksum})
        task = Task.objects.get()
        assert (answer.status_code, task.action, task.writes, task.environment) == (202, "apply", True, stage.target)
        assert task.params == {"migration": planned.pk, "checksum": checksum, "override": ""}
        assert stage.prod.writes == []

    def test_only_the_plan_that_was_read_is_applied(self, api, planned):
        assert list(api.post(f"{LIST}/{planned.pk}/apply", {}).json()["fields"]) == ["checksum"]
        answer = api.post(f"{LIST}/{planned.pk}/apply", {"checksum": "0" * 64})
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")

    def test_a_second_apply_waits_for_the_first(self, api, planned, checksum):
        first = api.post(f"{LIST}/{planned.pk}/apply", {"checksum": checksum}).json()["id"]
        answer = api.post(f"{LIST}/{planned.pk}/apply", {"checksum": checksum})
        assert answer.status_code == 409
        assert answer.json()["detail"].startswith(f"Task {first} is queued")

    def test_a_rollback_is_a_task_once_something_was_written(self, api, stage, planned):
        assert api.post(f"{LIST}/{planned.pk}/rollback").status_code == 409
        stage.apply(planned)
        assert api.post(f"{LIST}/{planned.pk}/rollback").status_code == 202
        assert Task.objects.get().action == "rollback"
