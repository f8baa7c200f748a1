# [DEF:tasks.management.commands.worker:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py worker`: runs tasks until it is told to stop.
# @RELATION INHERITS_FROM -> core.management.base

from __future__ import annotations

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options
from apps.core.management.output import Output
from apps.tasks.worker import pool


class Command(BaseCommand):
    help = "Run tasks until stopped by Ctrl-C or SIGTERM; the tasks that run then are brought to their end."
    serves = True

    def run(self, options: Options) -> Output:  # noqa: ARG002
        pool.run(self.stderr.write)
        return Output({"stopped": True}, "Stopped.")
