# [DEF:schedules.management.commands.schedule:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep schedule`: actions that run by themselves.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> plugins.management.cli_params
# @RELATION DEPENDS_ON -> users.services.actor
# @RELATION DEPENDS_ON -> environments.services.lookup
# @RELATION CALLS -> tasks.management.follow

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import LockstepError
from apps.core.management.arguments import whole_number
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.dry_run import add_yes, carried_out, would
from apps.core.management.lists import (
    add_limit,
    add_moments,
    add_state,
    between,
    equal,
    page_of,
    with_words,
)
from apps.core.management.output import Output
from apps.core.management.program import program
from apps.environments.management.options import of_environment
from apps.environments.services.lookup import get_environment
from apps.plugins.management.cli_params import read_cli_params
from apps.plugins.management.options import of_plugin
from apps.plugins.registry import registry
from apps.schedules import messages, services
from apps.schedules.cron import moment
from apps.schedules.management import output
from apps.schedules.management.options import LEFT_OUT, add_facts, add_filters, add_name
from apps.schedules.models import Schedule, ScheduledRunState
from apps.tasks.dismissal import said_of
from apps.tasks.management.follow import without_worker
from apps.tasks.management.options import add_undo
from apps.users.management.options import by
from apps.users.models import User
from apps.users.services.actor import acting_user, looking_user

SWITCHED = {
    (True, True): messages.RESUMED,
    (False, True): messages.PAUSED,
    (True, False): messages.ALREADY_ACTIVE,
    (False, False): messages.ALREADY_PAUSED,
}
"""What to say, by whether it is enabled now and whether that was changed."""


class Command(BaseCommand):
    help = _("Manage schedules: list, add, edit, pause, resume, remove, run, runs, dismiss, next.")

    def add_verbs(self, verbs: Verbs) -> None:
        add_filters(verbs.add("list", self.list, _("List schedules.")))
        add = verbs.add("add", self.add, _("Run an action whenever a cron expression is due."))
        add_name(add)
        add.add_argument("what", metavar="PLUGIN.ACTION", help=_("what to run, as in the list of plugins"))
        add.add_argument(
            "cron", metavar="CRON", help=_("minute, hour, day of month, month, day of week: “30 2 * * MON-FRI”")
        )
        edit = verbs.add("edit", self.edit, _("Change a schedule. From then on it runs on your behalf."))
        add_name(edit)
        edit.add_argument("--name", dest="new_name", metavar="NAME", default=LEFT_OUT, help=_("new name"))
        edit.add_argument("--cron", metavar="CRON", default=LEFT_OUT, help=_("new cron expression"))
        for parser in (add, edit):
            add_facts(parser)
        for verb, method, summary in (
            ("pause", self.pause, _("Pause a schedule until it is resumed.")),
            ("resume", self.resume, _("Resume a paused schedule.")),
            ("remove", self.remove, _("Remove a schedule. Its tasks stay.")),
            ("run", self.run_now, _("Run a schedule once, now.")),
        ):
            parser = verbs.add(verb, method, summary)
            add_name(parser)
            if verb == "remove":
                add_yes(parser)
            add_actor(parser)
        dismiss = verbs.add("dismiss", self.dismiss, _("Take a run that could not start off the overview."))
        add_name(dismiss)
        add_undo(dismiss)
        coming = verbs.add("next", self.next, _("Show the next runs."))
        add_name(coming)
        add_onlooker(coming)
        coming.add_argument(
            "--count", type=whole_number(1, 100), default=5, metavar="1-100", help=_("how many (default: 5)")
        )
        runs = verbs.add("runs", self.runs, _("List the runs of a schedule, newest first."))
        add_name(runs)
        add_state(runs, ScheduledRunState.values)
        add_moments(runs, _("noticed"))
        add_limit(runs)
        add_onlooker(runs)

    def list(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        seen = Schedule.objects.visible_to(user).select_related("environment", "actor")
        wanted = of_environment(options["environment"], user=user) & of_plugin(options, seen) & by("actor", options)
        found = seen.filter(wanted, with_words(options["search"], "name", "plugin", "action", "environment__name"))
        if len(set(options["state"])) == 1:
            found = found.filter(enabled=options["state"][0] == output.ACTIVE)
        return output.list_output(page_of(found, options), options)

    def runs(self, options: Options) -> Output:
        schedule = services.get_schedule(options["name"], user=looking_user(username=options["actor"]))
        found = schedule.runs.select_related("task").filter(equal({"state": options["state"]}))
        return output.runs_output(schedule, page_of(found.filter(between("created", options)), options), options)

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

    def dismiss(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        services.dismiss(actor=actor, schedule=schedule, undo=options["undo"])
        return Output(output.schedule_data(schedule), said_of(schedule, dismissed=not options["undo"]))

    def remove(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        schedule = services.get_schedule(options["name"], user=actor)
        facts = output.schedule_data(schedule)
        runs = schedule.runs.count()
        carried_out(lambda: services.remove_schedule(actor=actor, schedule=schedule), really=options["yes"])
        if not options["yes"]:
            text = _("Would remove the schedule “{name}” ({what}) and the record of its {runs} runs. Its tasks stay.")
            what = f"{schedule.plugin}.{schedule.action}, {schedule.cron} {schedule.zone}"
            return would(facts, text.format(name=schedule, what=what, runs=runs))
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
