# [DEF:core.management.commands.completion:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep completion`: scripts that complete commands, verbs and options in bash, zsh and fish.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION DEPENDS_ON -> core.management.first_screen
"""The script is made from the parsers once and holds all words, so that the Tab key starts no process of ours."""

from __future__ import annotations

import argparse

import shtab
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.core.management.base import DJANGO_OPTIONS, Options, hide
from apps.core.management.base import Command as BaseCommand
from apps.core.management.first_screen import GROUPS
from apps.core.management.output import Output
from apps.core.management.program import INSTALLED

SHELLS = ("bash", "zsh", "fish")


class Command(BaseCommand):
    help = _("Print a completion script for your shell.")

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=_("bash, zsh or fish"))

    def run(self, options: Options) -> Output:
        script = shtab.complete(whole_parser(), shell=options["shell"])
        return Output({"shell": options["shell"], "script": script}, script)


def whole_parser() -> argparse.ArgumentParser:
    """One parser for all commands of the first screen, as if each were a verb of `lockstep`."""
    parser = argparse.ArgumentParser(prog=INSTALLED)
    parser.add_argument("--version", action="store_true", help=_("print the version of Lockstep"))
    commands = parser.add_subparsers(metavar="COMMAND")
    places = get_commands()
    for _title, group in GROUPS:
        for name, summary in group.items():
            made = load_command_class(places[name], name).create_parser(INSTALLED, name)
            for option in DJANGO_OPTIONS:
                hide(made, option)
            made.description = str(summary)  # which zsh and fish show beside the name
            commands.add_parser(name, help=str(summary))
            commands.choices[name] = made
    return parser
