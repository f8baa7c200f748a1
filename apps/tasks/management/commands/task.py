# [DEF:tasks.management.commands.task:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep task`: shows, cancels, retries, answers and deletes tasks.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> environments.management.options
# @RELATION DEPENDS_ON -> plugins.management.options
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import LockstepError
from apps.core.management.arguments import one_of, whole_number
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.dry_run import add_yes
from apps.core.management.lists import (
    add_limit,
    add_moments,
    add_search,
    add_state,
    between,
    equal,
    is_filtered,
    page_of,
    with_words,
)
from apps.core.management.output import PENDING, Output
from apps.core.management.passwords import read_secret_file
from apps.core.management.program import program
from apps.environments.management.options import add_environment, of_environment
from apps.plugins.management.options import add_plugin_filters, of_plugin
from apps.tasks import messages, retention, services
from apps.tasks.dismissal import dismiss_task, restore_task, said_of
from apps.tasks.management import output
from apps.tasks.management.follow import followed_output, without_worker
from apps.tasks.management.messages import STILL_ASKED
from apps.tasks.management.options import add_undo
from apps.tasks.management.prompts import ask
from apps.tasks.models import Task, TaskState
from apps.tasks.policies import require_answerable, require_prunable, require_retryable
from apps.tasks.questions import answer, open_pause
from apps.tasks.services import get_task
from apps.tasks.view.lines import chosen_lines
from apps.tasks.worker.context import LEVELS
from apps.users.management.options import add_by, by
from apps.users.services.actor import acting_user, looking_user

STATES = {str(state.label): state.value for state in TaskState}
"""As lists show them, and as they are stored."""

SHOWN_LEVELS = ("info", "warning", "error")
"""Debug lines are for whoever looks for a fault of Lockstep: shown when asked for by `--level debug`."""


class Command(BaseCommand):
    help = _("Show and control tasks: list, show, lines, cancel, retry, answer, dismiss, prune.")

    def add_verbs(self, verbs: Verbs) -> None:
        _add_filters(verbs.add("list", self.list, _("List tasks, newest first.")))
        show = _number(verbs.add("show", self.show, _("Show a task: state, stages, outcome, open question.")))
        add_onlooker(show)
        lines = _number(verbs.add("lines", self.lines, _("Show the log lines of a task, without debug lines.")))
        lines.add_argument(
            "--follow", action="store_true", help=_("print all lines as they come, until the task has ended")
        )
        level = _("only lines of this level, one of {levels}; can be repeated").format(levels=", ".join(LEVELS))
        lines.add_argument("--level", action="append", default=[], type=one_of(LEVELS), metavar="LEVEL", help=level)
        logger = _("only lines written by this action or module; can be repeated")
        lines.add_argument("--logger", action="append", default=[], metavar="NAME", help=logger)
        add_moments(lines, _("written"))
        add_search(lines, _("text"))
        add_limit(lines, default=0, help_text=_("show only the last N of them (default: all)"))
        add_onlooker(lines)

        add_actor(
            _number(verbs.add("cancel", self.cancel, _("Cancel a task. A write that was already sent is awaited.")))
        )
        retry = _number(verbs.add("retry", self.retry, _("Retry a task that did not succeed, as a new task.")))
        add_yes(retry)
        retry.add_argument("--follow", action="store_true", help=_("follow the new task"))
        add_actor(retry)
        given = _number(verbs.add("answer", self.answer_question, _("Answer a task's question and resume it.")))
        given.add_argument(
            "--set",
            dest="answers",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            type=_pair,
            help=_("answer this; repeat for more"),
        )
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

        add_undo(_number(verbs.add("dismiss", self.dismiss, _("Take a failed task off the overview."))))

        prune = verbs.add("prune", self.prune, _("Delete tasks beyond the retention limits, with their files."))
        add_yes(prune)
        add_actor(prune)

    def list(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        seen = Task.objects.visible_to(user).select_related("actor")
        wanted = equal({"state": [STATES[state] for state in options["state"]]}) & by("actor", options)
        wanted &= of_environment(options["environment"], user=user, removed=seen) & of_plugin(options, seen)
        words = with_words(options["search"], "plugin", "action", "environment_name", "actor__username")
        return output.list_output(page_of(seen.filter(wanted, words, between("created", options)), options), options)

    def show(self, options: Options) -> Output:
        return output.detail_output(get_task(options["id"], user=looking_user(username=options["actor"])))

    def lines(self, options: Options) -> Output:
        task = get_task(options["id"], user=looking_user(username=options["actor"]))
        if not options["follow"]:
            found = chosen_lines(task, levels=options["level"] or SHOWN_LEVELS, sources=options["logger"])
            found = found.filter(between("at", options), with_words(options["search"], "text")).order_by("-seq")
            return output.lines_output(task, page_of(found, options), chosen=is_filtered(options))
        if is_filtered(options) or options["limit"]:
            raise LockstepError(_("--follow prints all lines: leave it out, or leave out the filters and --limit."))
        return followed_output(task, self.stderr)

    def cancel(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        ended = services.cancel(actor=actor, task=task)
        stopping = _(
            "Task {number} will stop as soon as it can. Follow it with `{program} task lines {number} --follow`."
        )
        text = messages.CANCELLED if ended else stopping
        return Output(output.task_data(task), text.format(number=task.pk, program=program()))

    def retry(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        require_retryable(actor, task)
        if task.writes and not options["yes"]:
            text = _(
                "{action} would write to “{environment}” again. To start it, run `{program} task retry {number} --yes`."
            )
            facts = {"action": f"{task.plugin}.{task.action}", "environment": task.environment, "number": task.pk}
            return Output(output.task_data(task), text.format(**facts, program=program()), exit_code=PENDING)
        new = services.retry(actor=actor, task=task)
        if options["follow"]:
            return followed_output(new, self.stderr, answering=actor)
        text = _("Task {new} retries task {number}.").format(new=new.pk, number=task.pk)
        return Output(output.task_data(new), f"{text} {without_worker(new)}".rstrip())

    def answer_question(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        require_answerable(actor, task)
        answer(actor=actor, task=task, answers=self._given(options, task))
        text = messages.RESUMED.format(number=task.pk)
        follow = _("Follow it with `{program} task lines {number} --follow`.").format(program=program(), number=task.pk)
        return Output(output.task_data(task), f"{text} {without_worker(task) or follow}")

    def dismiss(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        task = get_task(options["id"], user=actor)
        (restore_task if options["undo"] else dismiss_task)(actor=actor, task=task)
        return Output(output.task_data(task), said_of(task, dismissed=not options["undo"]))

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
        return ask(fields, self.stderr, unanswered=STILL_ASKED)


def _add_filters(parser: CommandParser) -> None:
    add_state(parser, STATES)
    add_environment(parser)
    add_plugin_filters(parser)
    add_by(parser, _("started"))
    add_moments(parser, _("created"))
    add_search(parser, _("action, environment or user name"))
    add_limit(parser)
    add_onlooker(parser)


def _number(parser: CommandParser) -> CommandParser:
    parser.add_argument("id", type=whole_number(1), metavar="ID", help=_("number of the task"))
    return parser


def _pair(text: str) -> str:
    if "=" not in text:
        raise argparse.ArgumentTypeError(_("“{text}” is not NAME=VALUE").format(text=text))
    return text


def _split(text: str, names: Sequence[str]) -> tuple[str, str]:
    """Name and value. The name of a database may itself contain `=`."""
    known = next((name for name in names if text.startswith(f"{name}=")), None) or text.partition("=")[0]
    return known, text[len(known) + 1 :]
