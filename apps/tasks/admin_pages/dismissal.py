# [DEF:tasks.admin_pages.dismissal:Module]
# @COMPLEXITY: 2
# @PURPOSE: The row actions that take a failure off the overview and back.
# @RELATION DEPENDS_ON -> core.admin
# @RELATION DEPENDS_ON -> core.errors
# @RELATION CALLS -> tasks.dismissal

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Done, RowAction
from apps.core.errors import Conflict
from apps.tasks import messages
from apps.tasks.admin_pages.content import moment
from apps.tasks.dismissal import said_of
from apps.users.dismissal import Dismissible

Failure = Callable[[Any], Dismissible | None]
Act = Callable[[Any, Any], None]

OVERVIEW = "overview"
"""Sent with an action from the overview, which then is the next page."""

SEEN = "failure"
"""Sent from there as well: the number of the failure that was shown."""


def dismissal_actions(failure: Failure, dismiss: Act, restore: Act) -> tuple[RowAction, RowAction]:
    """`failure` is what of a row can be dismissed, if anything; the others get the user and the row."""

    def act(done: Callable[[Any, Any], None], *, dismissed: bool) -> Callable[[Any, Any, Mapping[str, str]], Done]:
        def acting(user: Any, row: Any, fields: Mapping[str, str]) -> Done:
            _require_seen(failure(row), fields)
            done(user, row)
            return Done(said_of(row, dismissed=dismissed), reverse("admin:index") if OVERVIEW in fields else "")

        return acting

    def fits(*, dismissed: bool) -> Callable[[Any], bool]:
        def fitting(row: Any) -> bool:
            found = failure(row)
            return found is not None and (found.dismissed is not None) is dismissed

        return fitting

    hide, show = act(dismiss, dismissed=True), act(restore, dismissed=False)
    return (
        RowAction("dismiss", _("Dismiss"), hide, "visibility_off", fits=fits(dismissed=False)),
        RowAction("restore", _("Show on the overview"), show, "visibility", fits=fits(dismissed=True)),
    )


def _require_seen(found: Dismissible | None, fields: Mapping[str, str]) -> None:
    """Nobody dismisses a failure that came after the overview was shown."""
    if found and fields.get(SEEN, str(found.pk)) != str(found.pk):
        raise Conflict(messages.FAILED_AGAIN)


def dismissed_fact(failure: Dismissible | None) -> str:
    """When it was dismissed and by whom; empty if it was not."""
    if failure is None or failure.dismissed is None:
        return ""
    return messages.DISMISSED_BY.format(moment=moment(failure.dismissed), user=failure.dismissed_by)
