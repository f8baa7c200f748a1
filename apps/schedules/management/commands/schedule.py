# [DEF:schedules.management.commands.schedule:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py schedule`: actions that run by themselves.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> plugins.cli_params
# @RELATION DEPENDS_ON -> users.services.actor
# @RELATION DEPENDS_ON -> environments.services

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandParser

from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import Output
from apps.environments.services import get_environment
from apps.plugins.cli_params import read_cli_params
from apps.plugins.registry import registry
from apps.schedules import services
from apps.schedules.cron import moment
from apps.schedules.management import output
from apps.schedules.models import Missed, Overlap, Schedule
from apps.users.models import User
from apps.users.services.actor import acting_user, looking_user

LEFT_OUT: Any = argparse.SUPPRESS


class Command(BaseCommand):
    help = "Actions that run by themselves: list, add, edit, pause, resume, remove, run, next."

    def add_verbs(self, verbs: Verbs) -> None:
        add_onlooker(verbs.add("list", self.list, "Show all of them."))
        add = verbs.add("add", self.add, "Run an action whenever a cron expression is due.")
        add.add_argument("name")
        add.add_argument("what", metavar="PLUGIN.ACTION")
        add.add_argument("cron", help="minute, hour, day of month, month, day of week: “30 2 * * MON-FRI”")
        edit = verbs.add("edit", self.edit, "Change one; from then on it runs on your behalf.")
        edit.add_argument("name")
        edit.add_argument("--name", dest="new_name", default=LEFT_OUT)
        edit.add_argument("--cron", default=LEFT_OUT)
        for parser in (add, edit):
            _add_facts(parser)
        for verb, method, summary in (
            ("pause", self.pause, "Have it not run until it is resumed."),
            ("resume", self.resume, "Have it run again, from now on."),
            ("remove", self.remove, "Forget it; its tasks stay."),
            ("run", self.run_now, "Run it once, now."),
        ):
            parser = verbs.add(verb, method, summary)
            parser.add_argument("name")
            add_actor(parser)
        coming = verbs.add("next", self.next, "Show when it runs next.")
        coming.add_argument("name")
        add_onlooker(coming)
        coming.add_argument("--count", type=int, choices=range(1, 101), default=5, metavar="1-100")

    def list(self, options: Options) -> Output:
        seen = Schedule.objects.visible_to(looking_user(username=options["actor"]))
        return output.list_output(list(seen.select_related("environment", "actor")))

    def add(self, options: Options) -> Output:
        plugin, _, action = options["what"].partition(".")
        params = _params(plugin, action, options)
        facts = {"name": options["name"], "plugin": plugin, "action": action, "cron": options["cron"], "params": params}
        actor = acting_user(username=options["actor"])
        return _answer(services.create_schedule(actor=actor, **facts, **_facts(options, actor)), "Added")

    def edit(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        changes = _facts(options, actor)
        changes |= {fact: options[name] for name, fact in (("new_name", "name"), ("cron", "cron")) if name in options}
        if options["param"]:
            changes["params"] = schedule.params | _params(schedule.plugin, schedule.action, options)
        changed = services.edit_schedule(actor=actor, schedule=schedule, **changes)
        return _answer(schedule, "Changed" if changed else "Nothing to change in")

    def pause(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=False)

    def resume(self, options: Options) -> Output:
        return self._set_enabled(options, enabled=True)

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        facts = output.schedule_data(schedule)
        services.remove_schedule(actor=actor, schedule=schedule)
        return Output(facts, f"Removed the schedule “{schedule}”.")

    def run_now(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        run = services.run_now(actor=actor, schedule=schedule)
        task = run.task_id
        return Output(
            output.run_data(run), f"“{schedule}” runs as task {task}: follow it with `task lines {task} --follow`."
        )

    def next(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        return output.next_output(services.get_schedule(options["name"], user=user), options["count"])

    def _set_enabled(self, options: Options, *, enabled: bool) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        changed = services.set_enabled(actor=actor, schedule=schedule, enabled=enabled)
        state = "runs again" if enabled else "is paused"
        return Output(output.schedule_data(schedule), f"“{schedule}” {state}{'' if changed else ' already'}.")


def _add_facts(parser: CommandParser) -> None:
    parser.add_argument("--zone", default=LEFT_OUT, help="time zone of the expression (default: UTC)")
    parser.add_argument("--environment", default=LEFT_OUT, metavar="NAME", help="where it works; empty for none")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="again for a list")
    parser.add_argument(
        "--overlap",
        choices=Overlap.values,
        default=LEFT_OUT,
        help="while the run before still goes on: leave it out, or let it wait (default: skip)",
    )
    parser.add_argument(
        "--missed",
        choices=Missed.values,
        default=LEFT_OUT,
        help="after an outage: run the last of what was missed, or nothing (default: run_once)",
    )
    parser.add_argument("--priority", type=int, default=LEFT_OUT, help="the highest goes first (default: 0)")
    add_actor(parser)


def _facts(options: Options, actor: User) -> dict[str, Any]:
    facts: Options = {name: options[name] for name in ("zone", "overlap", "missed", "priority") if name in options}
    if "environment" in options:
        facts["environment"] = get_environment(options["environment"], user=actor) if options["environment"] else None
    return facts


def _params(plugin: str, action: str, options: Options) -> dict[str, Any]:
    found = registry().action(plugin, action)
    if found is None:
        raise LockstepError(f"There is no action “{plugin}.{action}”: see `manage.py plugins list`.")
    return read_cli_params(found.params, options["param"])


def _answer(schedule: Schedule, verb: str) -> Output:
    due = f"next on {moment(schedule.next_run, schedule.zone)}" if schedule.next_run else "paused"
    return Output(output.schedule_data(schedule), f"{verb} the schedule “{schedule}”: {due}.")
