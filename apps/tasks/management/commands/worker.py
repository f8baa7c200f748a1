# [DEF:tasks.management.commands.worker:Module]
# @COMPLEXITY: 3
# @PURPOSE: `manage.py worker`: runs tasks until it is told to stop.
# @RELATION INHERITS_FROM -> core.commands

from __future__ import annotations

from apps.core.answers import Answer
from apps.core.commands import Command as BaseCommand
from apps.core.commands import Options
from apps.tasks import worker


class Command(BaseCommand):
    help = "Run tasks until stopped by Ctrl-C or SIGTERM; the tasks that run then are brought to their end."

    def answer(self, options: Options) -> Answer:  # noqa: ARG002
        worker.run(self.stderr.write)
        return Answer({"stopped": True}, "Stopped.")
