# [DEF:core.management.commands.migrate:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep migrate`: Django's, by one process of an installation at a time.
# @RELATION CALLS -> core.concurrency

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from apps.core.concurrency import schema_lock
from apps.core.management import messages
from apps.core.management.base import DJANGO_OPTIONS, hide


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        for option in DJANGO_OPTIONS:
            hide(parser, option)
        for action in parser._actions:  # noqa: SLF001 - argparse has no public way
            if action.nargs != 0:
                action.metavar = action.dest.upper()

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Not only `handle`: the checks before it ask the database, too."""
        if options["check_unapplied"] or options["plan"]:  # they change nothing, and others poll them
            return super().execute(*args, **options)
        with schema_lock(connections[options["database"]], self._say_locked):
            return super().execute(*args, **options)

    def _say_locked(self) -> None:
        self.stderr.write(str(messages.TABLES_LOCKED))
