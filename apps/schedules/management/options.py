# [DEF:schedules.management.options:Module]
# @COMPLEXITY: 2
# @PURPOSE: Options that several verbs of `lockstep schedule` have.
# @RELATION DEPENDS_ON -> core.management.lists

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.core.management.arguments import whole_number
from apps.core.management.base import add_actor, add_onlooker
from apps.core.management.lists import add_limit, add_search, add_state
from apps.environments.management.options import add_environment
from apps.plugins.management.options import add_plugin_filters
from apps.schedules.management.output import STATES
from apps.schedules.models import Missed, Overlap
from apps.users.management.options import add_by

LEFT_OUT: Any = argparse.SUPPRESS


def add_name(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("name of the schedule"))


def add_filters(parser: CommandParser) -> None:
    add_state(parser, STATES)
    add_environment(parser)
    add_plugin_filters(parser)
    add_by(parser, _("on behalf of"))
    add_search(parser, _("name, action or environment"))
    add_limit(parser)
    add_onlooker(parser)


def add_facts(parser: CommandParser) -> None:
    parser.add_argument(
        "--timezone",
        dest="zone",
        metavar="ZONE",
        default=LEFT_OUT,
        help=_("time zone of the expression (default: UTC)"),
    )
    parser.add_argument(
        "--environment", default=LEFT_OUT, metavar="NAME", help=_("environment of the action; empty for none")
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=_("parameter of the action; repeat for a list"),
    )
    parser.add_argument(
        "--overlap",
        choices=Overlap.values,
        default=LEFT_OUT,
        help=_("if the previous run has not ended: skip this run, or queue it (default: skip)"),
    )
    parser.add_argument(
        "--missed",
        choices=Missed.values,
        default=LEFT_OUT,
        help=_("after an outage: run the last missed run, or none (default: run_once)"),
    )
    parser.add_argument(
        "--priority",
        type=whole_number(-1000, 1000),
        metavar="N",
        default=LEFT_OUT,
        help=_("tasks with the highest priority run first (default: 0)"),
    )
    add_actor(parser)
