# [DEF:core.management.dry_run:Module]
# @COMPLEXITY: 3
# @PURPOSE: Commands that take something away: they say what would go, and do it with --yes only.
# @RELATION DEPENDS_ON -> core.management.output

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

from apps.core.management import messages
from apps.core.management.output import PENDING, Output

Result = TypeVar("Result")


def add_yes(parser: Any) -> None:
    parser.add_argument("--yes", action="store_true", help=str(messages.HELP_YES))


def carried_out(act: Callable[[], Result], *, really: bool) -> Result:
    """What `act` returns. Unless it is to be done really, the database is as it was afterwards: a dry run refuses what
    the act refuses, and names what it names, because it is the act."""
    with transaction.atomic():
        result = act()
        if not really:
            transaction.set_rollback(True)
    return result


def would(data: Any, *sentences: object) -> Output:
    """What would be done, and what hangs on it."""
    return Output(data, "\n".join(str(each) for each in (*sentences, messages.DRY_RUN)), exit_code=PENDING)
