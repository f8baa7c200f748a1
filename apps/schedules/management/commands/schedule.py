# [DEF:schedules.management.commands.schedule:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep schedule`: actions that run by themselves.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> plugins.cli_params
# @RELATION DEPENDS_ON -> users.services.actor
# @RELATION DEPENDS_ON -> environments.services.lookup
# @RELATION CALLS -> tasks.management.follow

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import Output
from apps.core.management.program import program
from apps.environments.services.lookup import get_environment
from apps.plugins.cli_params import read_cli_params
from apps.plugins.registry import registry
from apps.schedules import messages, services
from apps.schedules.cron import moment
from apps.schedules.management import output
from apps.schedules.models import Missed, Overlap, Schedule
from apps.tasks.management.follow import without_worker
from apps.users.models import User
from apps.users.services.actor import acting_user, looking_user

LEFT_OUT: Any = argparse.SUPPRESS

SWITCHED = {
    (True, True): messages.RESUMED,
    (False, True): messages.PAUSED,
    (True, False): messages.ALREADY_ACTIVE,
    (False, False): messages.ALREADY_PAUSED,
}
"""What to say, by whether it is enabled now and whether that was changed."""


class Command(BaseCommand):
    help = _("Manage schedules: list, add, edit, pause, resume, remove, run, next.")

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, _("List schedules.")))
        add = verbs.add("add", self.add, _("Run an action whenever a cron expression is due."))
        add.add_argument("name")
        add.add_argument("what", metavar="PLUGIN.ACTION")
        add.add_argument("cron", help=_("minute, hour, day of month, month, day of week: “30 2 * * MON-FRI”"))
        edit = verbs.add("edit", self.edit, _("Change a schedule. From then on it runs on your behalf."))
        edit.add_argument("name")
        edit.add_argument("--name", dest="new_name", default=LEFT_OUT)
        edit.add_argument("--cron", default=LEFT_OUT)
        for parser in (add, edit):
            _add_facts(parser)
        for verb, method, summary in (
            ("pause", self.pause, _("Pause a schedule until it is resumed.")),
            ("resume", self.resume, _("Resume a paused schedule.")),
            ("remove", self.remove, _("Remove a schedule. Its tasks stay.")),
            ("run", self.run_now, _("Run a schedule once, now.")),
        ):
            parser = verbs.add(verb, method, summary)
            parser.add_argument("name")
            add_actor(parser)
        coming = verbs.add("next", self.next, _("Show the next runs."))
        coming.add_argument("name")
        add_onlooker(coming)
        coming.add_argument("--count", type=int, choices=range(1, 101), default=5, metavar="1-100")

    def list(self, options: Options) -> Output:
        seen = Schedule.objects.visible_to(looking_user(username=options["actor"]))
        return output.list_output(list(seen.select_related("environment", "actor")))

    def add(self, options: Options) -> Output:
        plugin, _dot, action = options["what"].partition(".")
        params = _params(plugin, action, options)
        facts = {"name": options["name"], "plugin": plugin, "action": action, "cron": options["cron"], "params": params}
        actor = acting_user(username=options["actor"])
        created = services.create_schedule(actor=actor, **facts, **_facts(options, actor))
        return _stored(created, _("Added the schedule “{name}”: {due}."))

    def edit(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        changes = _facts(options, actor)
        changes |= {fact: options[name] for name, fact in (("new_name", "name"), ("cron", "cron")) if name in options}
        if options["param"]:
            changes["params"] = schedule.params | _params(schedule.plugin, schedule.action, options)
        changed = services.edit_schedule(actor=actor, schedule=schedule, **changes)
        unchanged = _("Nothing to change in the schedule “{name}”: {due}.")
        return _stored(schedule, _("Changed the schedule “{name}”: {due}.") if changed else unchanged)

    def pause(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=False)

    def resume(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=True)

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        facts = output.schedule_data(schedule)
        services.remove_schedule(actor=actor, schedule=schedule)
        return Output(facts, _("Removed the schedule “{name}”.").format(name=schedule))

    def run_now(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        run = services.run_now(actor=actor, schedule=schedule)
        task = run.task_id
        text = _("“{name}” runs as task {number}. Follow it with `{program} task lines {number} --follow`.")
        said = text.format(name=schedule, number=task, program=program())
        return Output(output.run_data(run), f"{said} {without_worker(run.task) if run.task else ''}".rstrip())

    def next(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        return output.next_output(services.get_schedule(options["name"], user=user), options["count"])

    def _set_enabled(self, options: Options, *, enabled: bool) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        changed = services.set_enabled(actor=actor, schedule=schedule, enabled=enabled)
        return Output(output.schedule_data(schedule), SWITCHED[enabled, changed].format(name=schedule))


def _add_facts(parser: CommandParser) -> None:
    parser.add_argument("--zone", default=LEFT_OUT, help=_("time zone of the expression (default: UTC)"))
    parser.add_argument(
        "--environment", default=LEFT_OUT, metavar="NAME", help=_("environment of the action; empty for none")
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=_("parameter of the action; repeat for a list"),
    )
    parser.add_argument(
        "--overlap",
        choices=Overlap.values,
        default=LEFT_OUT,
        help=_("if the previous run has not ended: skip this run, or queue it (default: skip)"),
    )
    parser.add_argument(
        "--missed",
        choices=Missed.values,
        default=LEFT_OUT,
        help=_("after an outage: run the last missed run, or none (default: run_once)"),
    )
    parser.add_argument(
        "--priority", type=int, default=LEFT_OUT, help=_("tasks with the highest priority run first (default: 0)")
    )
    add_actor(parser)


def _facts(options: Options, actor: User) -> dict[str, Any]:
    facts: Options = {name: options[name] for name in ("zone", "overlap", "missed", "priority") if name in options}
    if "environment" in options:
        facts["environment"] = get_environment(options["environment"], user=actor) if options["environment"] else None
    return facts


def _params(plugin: str, action: str, options: Options) -> dict[str, Any]:
    found = registry().action(plugin, action)
    if found is None:
        text = _("There is no action “{name}”. List actions with `{program} plugins list`.")
        raise LockstepError(text.format(name=f"{plugin}.{action}", program=program()))
    return read_cli_params(found.params, options["param"])


def _stored(schedule: Schedule, template: str) -> Output:
    due = _("paused")
    if schedule.next_run:
        due = _("next run on {moment}").format(moment=moment(schedule.next_run, schedule.zone))
    return Output(output.schedule_data(schedule), template.format(name=schedule, due=due))
