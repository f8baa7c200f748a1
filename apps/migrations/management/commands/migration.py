# [DEF:migrations.management.commands.migration:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep migration`: plan, show, apply and roll back, here or by a worker.
# @RELATION INHERITS_FROM -> environments.management.base
# @RELATION DEPENDS_ON -> core.management.base
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.services.actor
# @RELATION DEPENDS_ON -> superset.selection

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from apps.core.errors import NothingToDo
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.lists import between, page_of, with_words
from apps.core.management.output import Output
from apps.core.management.program import program
from apps.environments.management.base import SupersetCommand
from apps.environments.management.progress import ConsoleReporter, stopped_by_ctrl_c
from apps.environments.services.lookup import get_environment
from apps.migrations.approvals import decidable_by
from apps.migrations.management import messages, output, queued_output
from apps.migrations.management.json_output import migration_data
from apps.migrations.management.options import (
    add_acknowledge,
    add_acting,
    add_carry,
    add_connections,
    add_filters,
    add_note,
    add_number,
    add_prune,
    add_queue,
    add_sides,
)
from apps.migrations.management.planning import planned_here
from apps.migrations.models import Decision, Migration
from apps.migrations.plugin.advice import advising_on_failure
from apps.migrations.selecting import of_hand, with_asset
from apps.migrations.services import approval, execution, queueing
from apps.migrations.services.dismissal import dismiss
from apps.migrations.services.planning import Created, get_migration, latest_plan, plan_migration, replan
from apps.migrations.status import Status, with_status
from apps.superset.protocol import Reporter
from apps.superset.selection import Selection
from apps.tasks.dismissal import said_of
from apps.tasks.management.options import add_undo
from apps.tasks.models import Task
from apps.tasks.worker.runner import run_here
from apps.users.management.options import by
from apps.users.services.actor import acting_user, looking_user


class Command(SupersetCommand):
    help = str(messages.HELP)
    elsewhere = dict.fromkeys(("approve", "reject", "comment"), messages.DECIDED_ELSEWHERE)

    def add_verbs(self, verbs: Verbs) -> None:
        plan = verbs.add("plan", self.plan, str(messages.HELP_PLAN))
        add_sides(plan)
        chosen = plan.add_mutually_exclusive_group(required=True)
        chosen.add_argument(
            "--dashboard",
            dest="dashboards",
            action="extend",
            nargs="+",
            default=[],
            metavar="DASHBOARD",
            help=str(messages.HELP_DASHBOARD),
        )
        chosen.add_argument("--all", dest="everything", action="store_true", help=str(messages.HELP_ALL))
        plan.add_argument(
            "--map-database",
            dest="databases",
            action="extend",
            nargs="+",
            default=[],
            metavar="SOURCE=TARGET",
            help=str(messages.HELP_MAP_DATABASE),
        )
        plan.add_argument("--allow-many", action="store_true", help=str(messages.HELP_ALLOW_MANY))
        add_acknowledge(plan)
        add_carry(plan, default=())
        add_connections(plan)
        add_prune(plan, default=False)
        plan.add_argument("--no-keep", dest="keep", action="store_false", help=str(messages.HELP_NO_KEEP))
        add_queue(plan)
        add_actor(plan)

        add_filters(verbs.add("list", self.list, str(messages.HELP_LIST)))
        add_onlooker(add_number(verbs.add("show", self.show, str(messages.HELP_SHOW))))

        replan = add_number(verbs.add("replan", self.replan, str(messages.HELP_REPLAN)))
        replan.add_argument("--allow-many", action="store_true", help=str(messages.HELP_ALLOW_MANY))
        add_acknowledge(replan)
        add_carry(replan, default=None)
        add_connections(replan)
        add_prune(replan, default=None)
        add_queue(replan)
        add_actor(replan)
        for verb, method, summary in (
            ("submit", self.submit, messages.HELP_SUBMIT),
            ("withdraw", self.withdraw, messages.HELP_WITHDRAW),
        ):
            decide = add_number(verbs.add(verb, method, str(summary)))
            add_note(decide)
            add_actor(decide)

        apply = add_number(verbs.add("apply", self.apply, str(messages.HELP_APPLY)))
        apply.add_argument("--checksum", metavar="CHECKSUM", help=str(messages.HELP_CHECKSUM))
        apply.add_argument("--override", default="", metavar="REASON", help=str(messages.HELP_OVERRIDE))
        add_acting(apply)
        rollback = add_number(verbs.add("rollback", self.rollback, str(messages.HELP_ROLLBACK)))
        changed = rollback.add_mutually_exclusive_group()
        changed.add_argument("--keep-changed", action="store_true", help=str(messages.HELP_KEEP_CHANGED))
        changed.add_argument("--force", default="", metavar="REASON", help=str(messages.HELP_FORCE))
        add_acting(rollback)
        add_undo(add_number(verbs.add("dismiss", self.dismiss, str(messages.HELP_DISMISS))))

    def plan(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        source, target = (get_environment(options[name], user=actor) for name in ("source", "target"))
        arguments: dict[str, Any] = {
            "actor": actor,
            "source": source,
            "target": target,
            "selection": Selection(tuple(options["dashboards"]), everything=options["everything"]),
            "database_pairs": options["databases"],
            "allow_many": options["allow_many"],
            "acknowledge": options["acknowledge"],
            "carry": options["carry"],
            "connections": options["connections"],
            "prune": options["prune"],
            "keep": options["keep"],
        }
        if options["queue"]:
            return queued_output.created_output(queueing.queue_plan(**arguments), self.stderr, asking=options["asking"])
        given, chosen = arguments.pop("database_pairs"), arguments.pop("connections")

        def make(pairs: Sequence[str], connections: Sequence[str], reporter: Reporter) -> Created:
            more: dict[str, Any] = {"database_pairs": [*given, *pairs], "connections": [*chosen, *connections]}
            return plan_migration(**arguments, **more, reporter=reporter)

        asking = options["asking"]
        return output.created_output(
            planned_here(make, self.stderr, actor=actor, source=source, target=target, asking=asking)
        )

    def replan(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        migration = get_migration(options["id"], user=actor)
        arguments: dict[str, Any] = {
            "actor": actor,
            "migration": migration,
            "allow_many": options["allow_many"],
            "acknowledge": options["acknowledge"],
            "carry": options["carry"],
            "connections": options["connections"],
            "prune": options["prune"],
        }
        if options["queue"]:
            return queued_output.created_output(
                queueing.queue_replan(**arguments), self.stderr, asking=options["asking"]
            )

        chosen = arguments.pop("connections")

        def make(pairs: Sequence[str], connections: Sequence[str], reporter: Reporter) -> Created:
            more: dict[str, Any] = {"database_pairs": pairs, "connections": [*chosen, *connections]}
            return replan(**arguments, **more, reporter=reporter)

        asking, source, target = options["asking"], migration.source, migration.target
        created = planned_here(make, self.stderr, actor=actor, source=source, target=target, asking=asking)
        return output.created_output(created, again=migration.pk)

    def submit(self, options: Options) -> Output:
        return self._decide(options, approval.submit)

    def withdraw(self, options: Options) -> Output:
        return self._decide(options, approval.withdraw)

    def _decide(self, options: Options, service: Callable[..., Decision]) -> Output:
        actor = acting_user(username=options["actor"])
        migration = get_migration(options["id"], user=actor)
        return output.decision_output(service(actor=actor, migration=migration, note=options["note"]))

    def list(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        seen = Migration.objects.visible_to(user).with_latest_run().select_related("source", "target", "author")
        sides = {name: get_environment(options[name], user=user) for name in ("source", "target") if options[name]}
        states = reduce(or_, (with_status(Status(state)) for state in options["state"]), Q())
        wanted = states & by("author", options) & between("created", options) & with_words(options["search"], "title")
        return output.list_output(page_of(seen.filter(wanted, _for(options), **sides), options), options)

    def show(self, options: Options) -> Output:
        migration = get_migration(options["id"], user=looking_user(username=options["actor"]))
        return output.detail_output(migration, migration.plans.last())

    def apply(self, options: Options) -> Output:
        migration = get_migration(options["id"], user=looking_user(username=options["actor"]))
        checksum, override = options["checksum"], options["override"]

        def start() -> Task:
            plan = checksum or latest_plan(migration).checksum
            return queueing.queue_apply(
                actor=acting_user(username=options["actor"]), migration=migration, checksum=plan, override=override
            )

        def explain() -> Output:
            return output.dry_run_output(
                execution.explain_apply(migration=migration, checksum=checksum, frozen=bool(override)),
                question=messages.WOULD_APPLY.format(number=migration.pk, target=migration.target),
                command=_command("apply", migration, options, checksum=checksum, override=override),
            )

        return self._answer(options, migration, start, explain)

    def rollback(self, options: Options) -> Output:
        migration = get_migration(options["id"], user=looking_user(username=options["actor"]))

        chosen = {"keep_changed": options["keep_changed"], "force": options["force"]}

        def start() -> Task:
            return queueing.queue_rollback(actor=acting_user(username=options["actor"]), migration=migration, **chosen)

        def explain() -> Output:
            with advising_on_failure(migration):
                explained = execution.explain_rollback(migration=migration, choice=execution.choice_of(**chosen))
            return output.dry_run_output(
                explained,
                question=messages.WOULD_ROLL_BACK.format(number=migration.pk, target=migration.target),
                command=_command("rollback", migration, options, **chosen),
            )

        return self._answer(options, migration, start, explain)

    def dismiss(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"])
        migration = get_migration(options["id"], user=actor)
        dismiss(actor=actor, migration=migration, undo=options["undo"])
        return Output({"migration": migration_data(migration)}, said_of(migration, dismissed=not options["undo"]))

    def _answer(
        self,
        options: Options,
        migration: Migration,
        start: Callable[[], Task],
        explain: Callable[[], Output],
    ) -> Output:
        """Start it, here or at a worker, if `--yes` was given, else explain. Nothing to do is no failure."""
        try:
            if not options["yes"]:
                return explain()
            if options["queue"]:
                return queued_output.run_output(start(), self.stderr, asking=options["asking"])
            reporter = ConsoleReporter(self.stderr)
            stopped = messages.STOPPED_WRITING.format(program=program(), number=migration.pk)
            with stopped_by_ctrl_c(reporter, stopped):
                return queued_output.run_here_output(run_here(start, reporter))
        except NothingToDo as nothing:
            return output.nothing_output(migration, str(nothing))


def _for(options: Options) -> Q:
    """Those of, or waiting for, the account that acts, and those with an asset."""
    found = with_asset(options["asset"]) if options["asset"] else Q()
    if options["mine"]:
        found &= of_hand(acting_user(username=options["actor"]))
    if options["awaiting_me"]:
        found &= Q(pk__in=decidable_by(acting_user(username=options["actor"])).values("pk"))
    return found


def _command(verb: str, migration: Migration, given: Options, **chosen: str | bool | None) -> str:
    """What carries out what was explained: with the same options."""
    words = [f"{program()} migration {verb} {migration.pk} --yes"]
    for name, value in {**chosen, "queue": given["queue"], "as": given["actor"]}.items():
        if value:
            option = f"--{name.replace('_', '-')}"
            words.append(option if value is True else f"{option} {shlex.quote(str(value))}")
    return " ".join(words)
