# [DEF:tasks.management.commands.worker:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep worker`: runs tasks until it is stopped.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION CALLS -> plugins.needs

from __future__ import annotations

import argparse

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.core.errors import LockstepError
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options
from apps.core.management.output import Output
from apps.plugins.needs import MOST, is_word
from apps.tasks.management import messages
from apps.tasks.worker import pool
from apps.tasks.worker.unfinished import refuse_half_restored


def _word(text: str) -> str:
    if not is_word(text):
        sentence = _("“{text}” is not a word of lowercase letters, digits and underscores").format(text=text)
        raise argparse.ArgumentTypeError(sentence)
    return text


class Command(BaseCommand):
    help = _("Run tasks until Ctrl-C or SIGTERM, then finish the running ones.")
    serves = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--offers",
            nargs="+",
            action="extend",
            type=_word,
            metavar="WORD",
            help=_("also take the tasks that need this, such as browser (default: LOCKSTEP_WORKER_OFFERS)"),
        )

    def run(self, options: Options) -> Output:
        offers = frozenset(options["offers"] or settings.WORKER_OFFERS)
        if len(offers) > MOST:
            raise LockstepError(messages.OFFERS_TOO_MUCH.format(number=len(offers), most=MOST))
        refuse_half_restored()
        pool.run(self.stderr.write, offers)
        return Output({"stopped": True}, _("Stopped."))
