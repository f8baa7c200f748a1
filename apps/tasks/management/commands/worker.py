# [DEF:tasks.management.commands.worker:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep worker`: runs tasks until it is stopped.
# @RELATION INHERITS_FROM -> core.management.base

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options
from apps.core.management.output import Output
from apps.tasks.worker import pool


class Command(BaseCommand):
    help = _("Run tasks until Ctrl-C or SIGTERM, then finish the running ones.")
    serves = True

    def run(self, options: Options) -> Output:  # noqa: ARG002
        pool.run(self.stderr.write)
        return Output({"stopped": True}, _("Stopped."))
