# [DEF:tasks.management.commands.task:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py task`: what workers did and told; cancelling, retrying, answering and removing.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from django.core.management.base import CommandParser
from django.utils import timezone

from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import PENDING, Output
from apps.core.management.passwords import read_secret_file
from apps.tasks import retention, services
from apps.tasks.lines import chosen_lines
from apps.tasks.management import output
from apps.tasks.management.follow import followed_output
from apps.tasks.management.prompts import ask
from apps.tasks.models import Task
from apps.tasks.policies import require_answerable, require_prunable, require_retryable
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import get_task
from apps.users.services.actor import acting_user, looking_user

LISTED = 50


class Command(BaseCommand):
    help = "Show what workers did, and control it: list, show, lines, cancel, retry, answer, prune."

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, f"Show the last {LISTED} tasks."))
        show = _number(verbs.add("show", self.show, "Show a task: its state, its stages, how it ended, what it asks."))
        add_onlooker(show)
        lines = _number(verbs.add("lines", self.lines, "Show what a task told."))
        lines.add_argument("--follow", action="store_true", help="all of them, until the task has ended")
        for name in ("level", "source"):
            lines.add_argument(
                f"--{name}", action="append", default=[], help=f"only lines of this {name}; may be repeated"
            )
        add_onlooker(lines)

        add_actor(_number(verbs.add("cancel", self.cancel, "Have a task stop; a write that was sent is awaited.")))
        retry = _number(verbs.add("retry", self.retry, "Do again what ended without success, as a new task."))
        retry.add_argument("--yes", action="store_true", help="really do it, where it writes to a Superset")
        retry.add_argument("--follow", action="store_true", help="follow the lines of the new task")
        add_actor(retry)
        given = _number(verbs.add("answer", self.answer_question, "Tell a task what it asks; it goes on with that."))
        given.add_argument("--set", dest="answers", action="append", default=[], metavar="NAME=VALUE", type=_pair)
        given.add_argument(
            "--secret-file",
            dest="files",
            action="append",
            default=[],
            metavar="NAME=FILE",
            type=_pair,
            help="read a secret answer from the first line of this file",
        )
        given.add_argument("--secret-stdin", metavar="NAME", help="read this secret answer from standard input")
        add_actor(given)

        prune = verbs.add("prune", self.prune, "Remove tasks that are older or more than is kept; files, too.")
        prune.add_argument("--yes", action="store_true", help="really do it")
        add_actor(prune)

    def list(self, options: Options) -> Output:
        seen = Task.objects.visible_to(looking_user(username=options["actor"]))
        return output.list_output(list(seen.select_related("actor")[:LISTED]))

    def show(self, options: Options) -> Output:
        return output.detail_output(get_task(options["id"], user=looking_user(username=options["actor"])))

    def lines(self, options: Options) -> Output:
        task = get_task(options["id"], user=looking_user(username=options["actor"]))
        levels, sources = options["level"], options["source"]
        if not options["follow"]:
            found = list(chosen_lines(task, levels=levels, sources=sources))
            return output.lines_output(task, found, chosen=bool(levels or sources))
        if levels or sources:
            raise LockstepError("Whoever follows is told all lines: leave out --follow, or --level and --source.")
        return followed_output(task, self.stderr)

    def cancel(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        ended = services.cancel(actor=actor, task=task)
        outcome = "is cancelled" if ended else f"stops as soon as it can: `manage.py task lines {task.pk} --follow`"
        return Output(output.task_data(task), f"Task {task.pk} {outcome}.")

    def retry(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        require_retryable(actor, task)
        if task.writes and not options["yes"]:
            what = f"{task.plugin}.{task.action} of task {task.pk} would write to “{task.environment}” again."
            step = f"To go on: manage.py task retry {task.pk} --yes"
            return Output(output.task_data(task), f"{what} Nothing is started yet. {step}", exit_code=PENDING)
        new = services.retry(actor=actor, task=task)
        if options["follow"]:
            return followed_output(new, self.stderr, answering=actor)
        return Output(output.task_data(new), f"Task {new.pk} does again what task {task.pk} was to do.")

    def answer_question(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        require_answerable(actor, task)
        answer(actor=actor, task=task, answers=self._given(options, task))
        return Output(output.task_data(task), f"Task {task.pk} goes on with this.")

    def prune(self, options: Options) -> Output:
        if options["yes"]:
            actor = acting_user(username=options["actor"])
            return output.prune_output(retention.prune_by_hand(actor=actor, now=timezone.now()), done=True)
        require_prunable(looking_user(username=options["actor"]))
        return output.prune_output(retention.outdated(timezone.now()), done=False)

    def _given(self, options: Options, task: Task) -> dict[str, str]:
        """By options; a person at a terminal who gave none is asked."""
        asked = open_pause(task)
        fields = asked.fields if asked else ()
        names = [question.name for question in fields]
        given = dict(_split(text, names) for text in options["answers"])
        given |= {name: read_secret_file(file) for name, file in (_split(text, names) for text in options["files"])}
        if options["secret_stdin"]:
            given[options["secret_stdin"]] = sys.stdin.readline().rstrip("\r\n")
        if given or not fields:
            return given
        if not sys.stdin.isatty():
            raise LockstepError(output.how_to_answer(task, fields))
        return ask(fields, self.stderr)


def _number(parser: CommandParser) -> CommandParser:
    parser.add_argument("id", type=int, metavar="ID")
    return parser


def _pair(text: str) -> str:
    if "=" not in text:
        raise argparse.ArgumentTypeError(f"“{text}” is not of the form NAME=VALUE")
    return text


def _split(text: str, names: Sequence[str]) -> tuple[str, str]:
    """Name and value. The name of a database may itself contain `=`."""
    known = next((name for name in names if text.startswith(f"{name}=")), None) or text.partition("=")[0]
    return known, text[len(known) + 1 :]
