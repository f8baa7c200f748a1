# [DEF:core.management.console:Module]
# @COMPLEXITY: 3
# @PURPOSE: The program on the command line: first screen, version, and which command is meant.
# @RELATION DEPENDS_ON -> core.management.first_screen
# @RELATION CALLS -> core.management.spelling

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.management import ManagementUtility, get_commands
from django.core.management.base import BaseCommand

from apps.core.management import messages
from apps.core.management.first_screen import commands, first_screen
from apps.core.management.output import FAILED
from apps.core.management.program import product, program
from apps.core.management.spelling import unknown
from apps.core.management.terminal import ended_early, prepare


class Console(ManagementUtility):
    """Django's, with our first screen. Django's own commands are not listed there, but work."""

    def __init__(self, argv: Sequence[str]) -> None:
        super().__init__(list(argv))
        self.prog_name = program()

    def execute(self) -> None:
        prepare()
        with ended_early():
            self._execute()

    def _execute(self) -> None:
        if self.argv[1:] in (["--version"], ["version"]):
            sys.stdout.write(f"{product()}\n")
            return
        if self.argv[1:2] == ["help"] and len(self.argv) > 3:  # `help migration plan`
            self.argv = [self.argv[0], *self.argv[2:], "--help"]
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            os.environ.setdefault("DJANGO_COLORS", "nocolor")  # for Django's own commands
        super().execute()

    def main_help_text(self, commands_only: bool = False) -> str:  # noqa: FBT001, FBT002 - Django's signature
        if commands_only:
            return str(super().main_help_text(commands_only=True))
        return first_screen()

    def fetch_command(self, subcommand: str) -> BaseCommand:
        if subcommand not in get_commands():
            _ = settings.INSTALLED_APPS  # wrong settings hide commands, and are then reported instead
            sentence = unknown(messages.NO_COMMAND, subcommand, commands())
            sys.stderr.write(f"{sentence} {messages.LIST_COMMANDS.format(program=program())}\n")
            sys.exit(FAILED)
        return super().fetch_command(subcommand)
