# [DEF:tasks.management.commands.task:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py task`: shows, cancels, retries, answers and deletes tasks.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import PENDING, Output
from apps.core.management.passwords import read_secret_file
from apps.tasks import messages, retention, services
from apps.tasks.dismissal import dismiss_task, restore_task
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
    help = _("Show and control tasks: list, show, lines, cancel, retry, answer, dismiss, prune.")

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, _("List the last {count} tasks.").format(count=LISTED)))
        show = _number(verbs.add("show", self.show, _("Show a task: state, stages, outcome, open question.")))
        add_onlooker(show)
        lines = _number(verbs.add("lines", self.lines, _("Show the log lines of a task.")))
        lines.add_argument(
            "--follow", action="store_true", help=_("print all lines as they come, until the task has ended")
        )
        for name in ("level", "source"):
            lines.add_argument(
                f"--{name}",
                action="append",
                default=[],
                help=_("only lines with this {name}; may be repeated").format(name=name),
            )
        add_onlooker(lines)

        add_actor(
            _number(verbs.add("cancel", self.cancel, _("Cancel a task. A write that was already sent is awaited.")))
        )
        retry = _number(verbs.add("retry", self.retry, _("Retry a task that did not succeed, as a new task.")))
        retry.add_argument("--yes", action="store_true", help=_("really do it if it writes to a Superset"))
        retry.add_argument("--follow", action="store_true", help=_("follow the new task"))
        add_actor(retry)
        given = _number(verbs.add("answer", self.answer_question, _("Answer a task's question and resume it.")))
        given.add_argument("--set", dest="answers", action="append", default=[], metavar="NAME=VALUE", type=_pair)
        given.add_argument(
            "--secret-file",
            dest="files",
            action="append",
            default=[],
            metavar="NAME=FILE",
            type=_pair,
            help=_("read a secret answer from the first line of this file"),
        )
        given.add_argument("--secret-stdin", metavar="NAME", help=_("read this secret answer from standard input"))
        add_actor(given)

        dismiss = _number(verbs.add("dismiss", self.dismiss, _("Take a failed task off the overview.")))
        dismiss.add_argument("--undo", action="store_true", help=_("show it there again"))
        add_actor(dismiss)

        prune = verbs.add("prune", self.prune, _("Delete tasks beyond the retention limits, with their files."))
        prune.add_argument("--yes", action="store_true", help=_("really delete; otherwise a dry run"))
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
            raise LockstepError(_("--follow prints all lines: leave it out, or leave out --level and --source."))
        return followed_output(task, self.stderr)

    def cancel(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        ended = services.cancel(actor=actor, task=task)
        stopping = _(
            "Task {number} will stop as soon as it can. Follow it with `manage.py task lines {number} --follow`."
        )
        text = messages.CANCELLED if ended else stopping
        return Output(output.task_data(task), text.format(number=task.pk))

    def retry(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        require_retryable(actor, task)
        if task.writes and not options["yes"]:
            text = _(
                "{action} would write to “{environment}” again. To start it, run `manage.py task retry {number} --yes`."
            )
            facts = {"action": f"{task.plugin}.{task.action}", "environment": task.environment, "number": task.pk}
            return Output(output.task_data(task), text.format(**facts), exit_code=PENDING)
        new = services.retry(actor=actor, task=task)
        if options["follow"]:
            return followed_output(new, self.stderr, answering=actor)
        return Output(output.task_data(new), _("Task {new} retries task {number}.").format(new=new.pk, number=task.pk))

    def answer_question(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        require_answerable(actor, task)
        answer(actor=actor, task=task, answers=self._given(options, task))
        return Output(output.task_data(task), messages.RESUMED.format(number=task.pk))

    def dismiss(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        act, text = (restore_task, messages.RESTORED) if options["undo"] else (dismiss_task, messages.DISMISSED)
        act(actor=actor, task=task)
        what = _("Task {number}").format(number=task.pk)
        return Output(output.task_data(task), text.format(what=what))

    def prune(self, options: Options) -> Output:
        if options["yes"]:
            actor = acting_user(username=options["actor"])
            return output.prune_output(retention.prune_by_hand(actor=actor, now=timezone.now()), done=True)
        require_prunable(looking_user(username=options["actor"]))
        return output.prune_output(retention.outdated(timezone.now()), done=False)

    def _given(self, options: Options, task: Task) -> dict[str, str]:
        """From the options; without any, a terminal is prompted."""
        pause = open_pause(task)
        fields = pause.fields if pause else ()
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
        raise argparse.ArgumentTypeError(_("“{text}” is not NAME=VALUE").format(text=text))
    return text


def _split(text: str, names: Sequence[str]) -> tuple[str, str]:
    """Name and value. The name of a database may itself contain `=`."""
    known = next((name for name in names if text.startswith(f"{name}=")), None) or text.partition("=")[0]
    return known, text[len(known) + 1 :]
