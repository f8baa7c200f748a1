# [DEF:migrations.management.options:Module]
# @COMPLEXITY: 2
# @PURPOSE: Options that several verbs of `lockstep migration` have.
# @RELATION DEPENDS_ON -> core.management.base
# @RELATION DEPENDS_ON -> superset.plan.attachment

from __future__ import annotations

from argparse import ArgumentTypeError, BooleanOptionalAction
from collections.abc import Sequence

from django.core.management.base import CommandParser

from apps.core.management.arguments import uuid, whole_number
from apps.core.management.base import add_actor, add_onlooker
from apps.core.management.dry_run import add_yes
from apps.core.management.lists import add_limit, add_moments, add_search, add_state
from apps.migrations.management import messages
from apps.migrations.status import Status
from apps.superset.plan.attachment import NOTHING, Aspect
from apps.users.management.options import add_by

EVERY = "all"
KNOWN = (*Aspect, EVERY, NOTHING)


def add_number(parser: CommandParser) -> CommandParser:
    parser.add_argument("id", type=whole_number(1), metavar="ID", help=str(messages.HELP_NUMBER))
    return parser


def add_sides(parser: CommandParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help=str(messages.HELP_SOURCE))
    parser.add_argument("target", metavar="TARGET", help=str(messages.HELP_TARGET))


def add_note(parser: CommandParser) -> None:
    parser.add_argument("--note", default="", metavar="TEXT", help=str(messages.HELP_NOTE))


def add_filters(parser: CommandParser) -> None:
    add_state(parser, [status.value for status in Status])
    parser.add_argument("--source", metavar="NAME", help=str(messages.HELP_SOURCE_FILTER))
    parser.add_argument("--target", metavar="NAME", help=str(messages.HELP_TARGET_FILTER))
    parser.add_argument("--mine", action="store_true", help=str(messages.HELP_MINE))
    parser.add_argument("--awaiting-me", action="store_true", help=str(messages.HELP_AWAITING_ME))
    parser.add_argument("--asset", type=uuid, metavar="UUID", help=str(messages.HELP_ASSET))
    add_by(parser, messages.PLANNED)
    add_moments(parser, messages.PLANNED)
    add_search(parser, messages.SEARCHED)
    add_limit(parser)
    add_onlooker(parser)


def add_acknowledge(parser: CommandParser) -> None:
    parser.add_argument(
        "--acknowledge",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME",
        help=str(messages.HELP_ACKNOWLEDGE),
    )


def aspects(text: str) -> list[Aspect]:
    """`owners,tags`, `all` or `none`."""
    if text in (EVERY, NOTHING):
        return list(Aspect) if text == EVERY else []
    try:
        return [Aspect(name) for name in dict.fromkeys(text.split(","))]
    except ValueError:
        raise ArgumentTypeError(messages.NO_ASPECT.format(given=text, known=", ".join(KNOWN))) from None


def add_carry(parser: CommandParser, *, default: Sequence[Aspect] | None) -> None:
    help_text = messages.HELP_CARRY.format(known=", ".join(KNOWN))
    parser.add_argument("--carry", type=aspects, default=default, metavar="NAMES", help=help_text)


def add_connections(parser: CommandParser) -> None:
    parser.add_argument(
        "--create-connection",
        dest="connections",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME",
        help=str(messages.HELP_CREATE_CONNECTION),
    )


def add_prune(parser: CommandParser, *, default: bool | None) -> None:
    parser.add_argument("--prune", action=BooleanOptionalAction, default=default, help=str(messages.HELP_PRUNE))


def add_queue(parser: CommandParser) -> None:
    parser.add_argument("--queue", action="store_true", help=str(messages.HELP_QUEUE))
    parser.add_argument("--no-input", dest="asking", action="store_false", help=str(messages.HELP_NO_INPUT))


def add_acting(parser: CommandParser) -> None:
    add_yes(parser)
    add_queue(parser)
    add_actor(parser)
