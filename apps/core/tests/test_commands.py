"""What every command of ours does: formats, exit codes, one sentence for a failure."""

from __future__ import annotations

import json
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError

from apps.core.errors import LockstepError
from apps.core.management.base import Command, Options, Verbs
from apps.core.management.output import PENDING, Output


class Speak(Command):
    """Stands for a command with verbs."""

    answers: Output | Exception = Output({"said": "hello"}, "Hello.", "**Hello.**")

    def add_verbs(self, verbs: Verbs) -> None:
        verbs.add("say", self.say, "Say it.").add_argument("--number", type=int)

    def say(self, options: Options) -> Output:
        if isinstance(self.answers, BaseException):
            raise self.answers
        return self.answers


@pytest.fixture
def speak(monkeypatch, manage):
    def run(*words, answers=Speak.answers):
        monkeypatch.setattr(Speak, "answers", answers)
        with (
            mock.patch("conftest.get_commands", return_value={"speak": "x"}),
            mock.patch("conftest.load_command_class", return_value=Speak()),
        ):
            return manage("speak", *words)

    return run


def test_the_answer_is_printed_in_the_chosen_format(speak):
    assert speak("say") == (0, "Hello.\n", "")
    assert speak("say", "--format", "markdown") == (0, "**Hello.**\n", "")
    code, said, _ = speak("say", "--format", "json")
    assert (code, json.loads(said)) == (0, {"said": "hello"})


def test_changes_pending_is_exit_code_2(speak):
    assert speak("say", answers=Output({}, "Two changes.", exit_code=PENDING))[0] == 2


@pytest.mark.parametrize("words", [("shout",), ("say", "--loud"), ("say", "--number", "x"), ("say", "extra")])
def test_wrong_usage_is_exit_code_1_and_not_2(speak, words):
    code, said, told = speak(*words)
    assert (code, said) == (1, "")
    assert told.startswith("usage: ")


@pytest.mark.parametrize("words", [("shout",), ("say", "--number", "x"), ("say", "--numbr", "7"), ("say", "\udcc3")])
def test_wrong_usage_is_an_object_for_programs(speak, words):
    for asked in (("--format", "json"), ("--format=json",)):
        code, said, told = speak(*words, *asked)
        error = json.loads(said)["error"]
        assert (code, error["kind"], error["context"]) == (1, "usage", {})
        assert error["detail"] in told


def test_a_verb_that_is_like_none_is_answered_with_all_verbs(speak):
    assert speak("xyzzy")[2].endswith("error: there is no verb “xyzzy”. Choose from say.\n")


def test_help_is_no_failure(speak):
    code, said, _ = speak("say", "--help")
    assert code == 0
    assert "--settings" not in said
    assert "--format" in said


def test_an_announced_failure_is_one_sentence_and_exit_code_1(speak):
    assert speak("say", answers=LockstepError("It is closed.")) == (1, "", "It is closed.\n")


def test_an_announced_failure_is_an_object_for_programs(speak):
    code, said, told = speak("say", "--format", "json", answers=LockstepError("It is closed.", door=7))
    assert (code, told) == (1, "It is closed.\n")
    assert json.loads(said) == {"error": {"kind": "refused", "detail": "It is closed.", "context": {"door": 7}}}


def test_an_invalid_value_is_reported_with_its_field(speak):
    assert speak("say", answers=ValidationError({"name": ["Too long."]})) == (1, "", "name: Too long.\n")


def test_ctrl_c_ends_without_a_traceback(speak):
    assert speak("say", answers=KeyboardInterrupt()) == (130, "", "Stopped.\n")


def test_a_fault_of_ours_keeps_its_traceback(speak):
    with pytest.raises(ZeroDivisionError):
        speak("say", answers=ZeroDivisionError())


@pytest.mark.django_db
def test_a_database_that_was_not_prepared_is_reported(speak):
    with mock.patch("apps.core.management.base.MigrationExecutor") as executor:
        executor.return_value.migration_plan.return_value = ["0001"]
        code, _, told = speak("say", answers=OperationalError("no such table: users_user"))
    assert (code, told) == (1, "The database lacks tables or columns of this version. Run `lockstep migrate` first.\n")


@pytest.mark.django_db
def test_another_database_error_keeps_its_traceback(speak):
    with pytest.raises(OperationalError):
        speak("say", answers=OperationalError("no such function: LEFT"))


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["disk I/O error", "database is locked", "unable to open database file"])
def test_a_database_that_does_not_answer_is_reported(speak, said):
    code, _, told = speak("say", answers=OperationalError(said))
    assert (code, told) == (1, f"The database failed: {said}. Try again in a moment.\n")


def test_a_database_that_cannot_be_reached_is_reported(speak):
    with mock.patch("apps.core.management.base.MigrationExecutor", side_effect=OperationalError("refused")):
        code, _, told = speak("say", answers=OperationalError("connection refused"))
    assert code == 1
    assert told.startswith("The database cannot be used: connection refused. Check DATABASE_URL")
