# [DEF:tasks.management.commands.task:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py task`: what workers did and told.
# @RELATION INHERITS_FROM -> core.commands

from __future__ import annotations

from django.core.management.base import CommandParser

from apps.core.answers import Answer
from apps.core.commands import Command as BaseCommand
from apps.core.commands import Options, Verbs
from apps.tasks import told
from apps.tasks.commands import followed_answer
from apps.tasks.models import Task
from apps.tasks.services import get_task

LISTED = 50


class Command(BaseCommand):
    help = "Show what workers did: list, show, lines."

    def add_verbs(self, verbs: Verbs) -> None:
        verbs.add("list", self.list, f"Show the last {LISTED} tasks.")
        _number(verbs.add("show", self.show, "Show a task: its state, its stages, how it ended."))
        lines = _number(verbs.add("lines", self.lines, "Show what a task told."))
        lines.add_argument("--follow", action="store_true", help="go on until the task has ended")

    def list(self, options: Options) -> Answer:  # noqa: ARG002
        return told.listed_answer(list(Task.objects.select_related("actor")[:LISTED]))

    def show(self, options: Options) -> Answer:
        return told.shown_answer(get_task(options["id"]))

    def lines(self, options: Options) -> Answer:
        task = get_task(options["id"])
        if options["follow"]:
            return followed_answer(task, self.stderr)
        return told.lines_answer(task, list(task.lines.order_by("seq")))


def _number(parser: CommandParser) -> CommandParser:
    parser.add_argument("id", type=int, metavar="ID")
    return parser
