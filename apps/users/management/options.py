# [DEF:users.management.options:Module]
# @COMPLEXITY: 2
# @PURPOSE: The option that chooses rows of a list by the account they are of.
# @RELATION CALLS -> users.services.accounts

from __future__ import annotations

from typing import Any

from django.db.models import Q

from apps.core.management.base import Options
from apps.users.management import messages
from apps.users.services.accounts import get_user


def add_by(parser: Any, what: object) -> None:
    """`--by`; `what` ends the sentence “only those …”."""
    parser.add_argument("--by", metavar="USERNAME", help=messages.HELP_BY.format(what=what))


def by(path: str, options: Options) -> Q:
    """An account that does not exist is refused, rather than shown as one that did nothing."""
    return Q(**{path: get_user(options["by"])}) if options["by"] else Q()
