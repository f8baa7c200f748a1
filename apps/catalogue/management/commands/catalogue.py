# [DEF:catalogue.management.commands.catalogue:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep catalogue`: sync and show what an environment has.
# @RELATION INHERITS_FROM -> environments.management.base
# @RELATION DEPENDS_ON -> core.management.base
# @RELATION DEPENDS_ON -> tasks.management.follow
# @RELATION DEPENDS_ON -> users.services.actor

from __future__ import annotations

import argparse
import math

from apps.catalogue.management import messages, output
from apps.catalogue.models import AssetKind, AssetStatus
from apps.catalogue.policies import SYNC, VIEW
from apps.catalogue.services.lookup import find_assets
from apps.catalogue.services.queueing import queue_sync
from apps.catalogue.services.sync import PAUSE, Synced, sync_catalogue
from apps.core.management.base import Options, Verbs, add_actor, add_onlooker
from apps.core.management.lists import (
    add_limit,
    add_moments,
    add_search,
    add_state,
    between,
    equal,
    page_of,
    with_words,
)
from apps.core.management.output import Output
from apps.environments.management.base import SupersetCommand
from apps.environments.management.progress import ConsoleReporter, stopped_by_ctrl_c
from apps.environments.services.lookup import get_environment
from apps.tasks.management.follow import followed_output
from apps.users.policies import require
from apps.users.services.actor import acting_user, looking_user


class Command(SupersetCommand):
    help = str(messages.HELP_CATALOGUE)

    def add_verbs(self, verbs: Verbs) -> None:
        sync = verbs.add("sync", self.sync, str(messages.HELP_SYNC))
        sync.add_argument("name", metavar="ENVIRONMENT", help=str(messages.HELP_ENVIRONMENT))
        sync.add_argument("--full", action="store_true", help=str(messages.HELP_FULL))
        sync.add_argument(
            "--pause",
            type=_seconds,
            default=PAUSE,
            metavar="SECONDS",
            help=messages.HELP_PAUSE.format(default=PAUSE),
        )

        sync.add_argument("--queue", action="store_true", help=str(messages.HELP_QUEUE))
        add_actor(sync)

        show = verbs.add("show", self.show, str(messages.HELP_SHOW))
        show.add_argument("name", metavar="ENVIRONMENT", help=str(messages.HELP_ENVIRONMENT))
        show.add_argument("--kind", choices=AssetKind.values, default=AssetKind.DASHBOARD, help=str(messages.HELP_KIND))
        add_state(show, AssetStatus.values)
        add_moments(show, messages.CHANGED_ON)
        add_search(show, messages.SEARCHED)
        add_limit(show)
        add_onlooker(show)

    def sync(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        environment = get_environment(options["name"], user=user)
        how = {"everything": options["full"], "pause": options["pause"]}
        if options["queue"]:
            actor = acting_user(username=options["actor"])
            task = queue_sync(actor=actor, environment=environment, **how)
            ended = followed_output(task, self.stderr)
            return output.sync_output(Synced(**task.result)) if task.result else ended
        require(user, SYNC, environment)
        reporter = ConsoleReporter(self.stderr)
        with stopped_by_ctrl_c(reporter, messages.STOPPED):
            return output.sync_output(sync_catalogue(environment=environment, reporter=reporter, **how))

    def show(self, options: Options) -> Output:
        user = looking_user(username=options["actor"])
        environment = get_environment(options["name"], user=user)
        require(user, VIEW, environment)
        kind = AssetKind(options["kind"])
        wanted = between("changed_on", options) & equal({"status": options["state"]})
        known = find_assets(environment=environment, kind=kind)
        found = known.filter(wanted, with_words(options["search"], "name", "slug"))
        return output.catalogue_output(environment, kind, page_of(found, options), known=known.exists())


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError(messages.NOT_SECONDS.format(text=text))
    return seconds
