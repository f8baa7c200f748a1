# [DEF:migrations.management.options:Module]
# @COMPLEXITY: 2
# @PURPOSE: Options that several verbs of `lockstep migration` have.
# @RELATION DEPENDS_ON -> core.management.base

from __future__ import annotations

import argparse

from django.core.management.base import CommandParser

from apps.core.management.base import add_actor
from apps.migrations.management import messages


def add_number(parser: CommandParser) -> CommandParser:
    parser.add_argument("id", type=_positive, metavar="ID")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(messages.NOT_A_NUMBER.format(text=text))
    return int(text)


def add_acknowledge(parser: CommandParser) -> None:
    parser.add_argument(
        "--acknowledge",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME",
        help=str(messages.HELP_ACKNOWLEDGE),
    )


def add_queue(parser: CommandParser) -> None:
    parser.add_argument("--queue", action="store_true", help=str(messages.HELP_QUEUE))
    parser.add_argument("--no-input", dest="asking", action="store_false", help=str(messages.HELP_NO_INPUT))


def add_acting(parser: CommandParser) -> None:
    parser.add_argument("--yes", action="store_true", help=str(messages.HELP_YES))
    add_queue(parser)
    add_actor(parser)
