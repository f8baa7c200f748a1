# [DEF:tasks.management.options:Module]
# @COMPLEXITY: 2
# @PURPOSE: The options of each verb that takes a failure off the overview.

from __future__ import annotations

from django.core.management.base import CommandParser

from apps.core.management.base import add_actor
from apps.tasks.management import messages


def add_undo(parser: CommandParser) -> None:
    parser.add_argument("--undo", action="store_true", help=str(messages.HELP_UNDO))
    add_actor(parser)
