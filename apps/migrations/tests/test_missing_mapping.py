"""A plan that needs a mapping asks for it: in a task, at a terminal, or by a refusal."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import ValidationError

from apps.catalogue.models import DatabaseMapping
from apps.core.errors import Refused
from apps.core.tests.pages import Pages
from apps.migrations.models import Migration
from apps.migrations.services.approval import approve, submit
from apps.migrations.services.planning import get_migration
from apps.migrations.services.queueing import queue_replan
from apps.migrations.tests.factories import PAIR
from apps.migrations.tests.people import make_person
from apps.superset.assets import Kind
from apps.tasks.management import follow
from apps.tasks.models import TaskState
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import start_task
from apps.tasks.tests.factories import ended, run_all

pytestmark = pytest.mark.usefixtures("transactional_db")

PLAN = {"source": "dev", "target": "prod", "dashboards": ["births"], "databases": [PAIR]}
WORDS = ("migration", "plan", "dev", "prod", "--dashboard", "births", "--map-database", PAIR, "--queue")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def follow_and_work(monkeypatch):
    """A worker that goes on as soon as the answer is there."""
    worked = []
    original = follow.answer

    def answer_and_work(**given):
        original(**given)
        run_all()
        worked.append(True)

    monkeypatch.setattr(follow, "answer", answer_and_work)
    return worked


class TestAMissingMapping:
    @pytest.fixture
    def waiting(self, stage):
        task = start_task(
            actor=stage.author,
            plugin="migrations",
            action="plan",
            params={**PLAN, "databases": []},
            environment=stage.target,
        )
        run_all()
        task.refresh_from_db()
        return task

    @pytest.mark.parametrize("planned", ["first", "anew"])
    def test_who_answers_has_a_hand_in_the_plan(self, waiting, stage, planned):
        stage.target.protected = True
        stage.target.save()
        chooser, other = (make_person(stage.author, name, "administrator") for name in ("chooser", "other"))
        answer(actor=chooser, task=waiting, answers={"examples": "warehouse"})
        migration = get_migration(ended(waiting).result["migration"])
        if planned == "anew":  # with the same databases
            ended(queue_replan(actor=stage.author, migration=migration, allow_many=True))
            migration.refresh_from_db()
        submit(actor=stage.author, migration=migration)
        checksum = migration.plans.last().checksum
        with pytest.raises(Refused, match="Somebody else has to decide"):
            approve(actor=chooser, migration=migration, checksum=checksum)
        assert not Migration.objects.waiting_for(chooser).exists()
        assert Migration.objects.waiting_for(other).get() == migration
        approve(actor=other, migration=migration, checksum=checksum)

    def test_pauses_the_plan_which_asks_for_it_with_ranked_choices(self, waiting):
        assert waiting.state == TaskState.AWAITING_INPUT
        (asked,) = open_pause(waiting).fields
        assert (asked.name, asked.kind, asked.title) == ("examples", "mapping", "Database of prod for “examples”")
        assert [choice.label for choice in asked.choices] == ["warehouse", "Create the connection “examples” on prod"]
        assert waiting.lines.last().text == "Waiting for an answer: Database of prod for “examples”"

    def test_the_form_of_the_question_selects_nothing_where_no_name_is_alike(self, stage, waiting):
        """As the command, which says that no name is similar."""
        page = Pages(stage.author).see(f"tasks/task/{waiting.pk}/change/")
        assert '<option value="">Choose one</option>' in page
        assert "warehouse</option>" in page.replace(" (names", "</option>")
        assert " selected" not in page[page.index("<select") : page.index("</select>")]

    def test_the_form_of_the_question_selects_what_a_plan_would_suggest(self, stage):
        (database,) = stage.prod.documents[Kind.DATABASE].values()
        database["database_name"] = "examples (prod)"
        task = start_task(
            actor=stage.author,
            plugin="migrations",
            action="plan",
            params={**PLAN, "databases": []},
            environment=stage.target,
        )
        run_all()
        task.refresh_from_db()
        page = Pages(stage.author).see(f"tasks/task/{task.pk}/change/")
        assert f'<option value="{open_pause(task).fields[0].suggested}" selected>examples (prod)' in page

    def test_the_answer_lets_it_go_on_and_is_kept_as_the_mapping(self, stage, waiting, viewer):
        answer(actor=stage.author, task=waiting, answers={"examples": "warehouse"})
        task = ended(waiting)
        assert task.state == TaskState.SUCCEEDED, task.error
        assert Migration.objects.get().task == task
        mapping = DatabaseMapping.objects.get()
        assert (mapping.source_name, mapping.target_name, mapping.confirmed_by) == (
            "examples",
            "warehouse",
            stage.author,
        )
        assert [stage["name"] for stage in task.stages] == ["read", "keep"]
        assert "mapped as answered" in " ".join(line.text for line in task.lines.all())

    def test_an_answer_that_is_no_choice_is_refused(self, stage, waiting):
        with pytest.raises(ValidationError, match="not one of the choices: warehouse"):
            answer(actor=stage.author, task=waiting, answers={"examples": "lake"})
        waiting.refresh_from_db()
        assert waiting.state == TaskState.AWAITING_INPUT

    def test_a_plan_that_asks_for_a_mapping_blocks_no_other_task(self, stage, waiting, run):
        assert run("plan", **PLAN).state == TaskState.SUCCEEDED

    def test_a_person_who_follows_is_asked_at_the_terminal(self, stage, manage, worker, monkeypatch):
        monkeypatch.setattr("sys.stdin", Terminal("lake\n1\n"))
        worked = follow_and_work(monkeypatch)
        code, said, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births", "--queue")
        assert (code, worked) == (2, [True])
        assert "USA Births Names" in said
        assert "“lake” is not one of the choices: warehouse, Create the connection “examples” on prod." in told

    def test_a_plan_without_a_worker_asks_at_the_terminal_too(self, stage, manage, monkeypatch):
        monkeypatch.setattr("sys.stdin", Terminal("lake\n1\n"))
        code, said, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births")
        assert code == 2
        assert "USA Births Names" in said
        assert "Database of prod for “examples”: " in told
        assert "“lake” is not one of the choices: warehouse, Create the connection “examples” on prod." in told
        assert DatabaseMapping.objects.get().target_name == "warehouse"

    @pytest.mark.parametrize("queue", [(), ("--queue",)])
    def test_nobody_is_asked_who_does_not_want_to_be(self, stage, manage, worker, monkeypatch, queue):
        monkeypatch.setattr("sys.stdin", Terminal("1\n"))
        code, _, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births", "--no-input", *queue)
        assert code == (2 if queue else 1)
        assert "“warehouse”" in told
        assert not DatabaseMapping.objects.exists()

    def test_a_plan_whose_question_is_not_answered_is_not_made(self, stage, manage, monkeypatch):
        monkeypatch.setattr("sys.stdin", Terminal(""))
        code, _, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births")
        assert code == 1
        assert told.endswith("“Database of prod for “examples”” was not answered. Nothing was planned.\n")
        assert not Migration.objects.exists()

    def test_who_cannot_be_asked_is_told_how_to_answer(self, stage, manage, worker):
        code, said, told = manage("migration", "plan", "dev", "prod", "--dashboard", "births", "--queue")
        assert code == 2
        assert "awaiting input" in said
        assert (
            "Database of prod for “examples” (one of “warehouse”, “Create the connection “examples” on prod”)" in told
        )
        assert "--set 'examples=…'" in told
