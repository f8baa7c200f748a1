# [DEF:catalogue.management.commands.catalogue:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py catalogue`: sync and show what an environment has.
# @RELATION INHERITS_FROM -> environments.management.base
# @RELATION DEPENDS_ON -> core.management.base
# @RELATION DEPENDS_ON -> tasks.management.follow
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

import argparse
import math

from apps.catalogue.management import output
from apps.catalogue.models import AssetKind
from apps.catalogue.policies import SYNC, VIEW
from apps.catalogue.services.lookup import find_assets
from apps.catalogue.services.queueing import queue_sync
from apps.catalogue.services.sync import PAUSE, Synced, sync_catalogue
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.output import Output
from apps.environments.management.base import SupersetCommand
from apps.environments.management.progress import ConsoleReporter, stopped_by_ctrl_c
from apps.environments.services import get_environment
from apps.tasks.management.follow import followed_answer
from apps.users.policies import require
from apps.users.services.actor import acting_user, looking_user


class Command(SupersetCommand):
    help = "What Lockstep knows of the assets of an environment, whether that answers or not: sync, show."

    def add_verbs(self, verbs: Verbs) -> None:
        sync = verbs.add("sync", self.sync, "Ask an environment for what is new there.")
        sync.add_argument("name")
        sync.add_argument("--full", action="store_true", help="read every list to its end and take every hash anew")
        sync.add_argument(
            "--pause",
            type=_seconds,
            default=PAUSE,
            metavar="SECONDS",
            help=f"how long to rest before each request, for the people who work there (default: {PAUSE})",
        )

        sync.add_argument("--queue", action="store_true", help="let a worker do it, and follow what it tells")
        add_actor(sync)

        show = verbs.add("show", self.show, "Show what the last sync saw; asks no server.")
        show.add_argument("name")
        show.add_argument("--kind", choices=AssetKind.values, default=AssetKind.DASHBOARD, help="default: dashboard")
        show.add_argument("--search", default="", metavar="TEXT", help="only those with this in their name or slug")
        add_onlooker(show)

    def sync(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        environment = get_environment(options["name"], user=user)
        how = {"everything": options["full"], "pause": options["pause"]}
        if options["queue"]:
            actor = acting_user(username=options["actor"])
            task = queue_sync(actor=actor, environment=environment, **how)
            ended = followed_answer(task, self.stderr)
            return output.synced_answer(Synced(**task.result)) if task.result else ended
        require(user, SYNC, environment)
        reporter = ConsoleReporter(self.stderr)
        with stopped_by_ctrl_c(reporter):
            return output.synced_answer(sync_catalogue(environment=environment, reporter=reporter, **how))

    def show(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        environment = get_environment(options["name"], user=user)
        require(user, VIEW, environment)
        kind = AssetKind(options["kind"])
        assets = find_assets(environment=environment, kind=kind, search=options["search"])
        return output.catalogue_answer(environment, kind, list(assets))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError(f"“{text}” is no number of seconds between 0 and 60")
    return seconds
