# [DEF:migrations.mail.protection:Module]
# @COMPLEXITY: 3
# @PURPOSE: Mail to all administrators when somebody lowers the protection of an environment alone.
# @RELATION CALLS -> migrations.mail.notifications
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> environments.policies
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
"""Sent as all mail is (`notifications`): by a task. It is here because environments know nothing of tasks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q

from apps.core.errors import NotThere
from apps.environments.models import ProtectionRequest, RequestState
from apps.environments.policies import EDIT
from apps.migrations import messages
from apps.migrations.mail.delivery import Log, deliver
from apps.migrations.mail.notifications import post
from apps.users.models import User


def lowered_alone(request: ProtectionRequest) -> None:
    """To be called in the transaction of that."""
    post("mail_protection", protection=request.pk)


def send(number: int, log: Log) -> dict[str, Any]:
    alone = ProtectionRequest.objects.select_related("requested_by").filter(state=RequestState.ALONE)
    request = alone.filter(pk=number).first()
    if request is None:
        raise NotThere(messages.NO_LOWERED_PROTECTION.format(number=number))
    return deliver(administrators(), subject=lambda: _headline(request), text=lambda: _text(request), log=log)


def administrators() -> list[User]:
    """Who may edit environments or accounts or read the audit; also who did it: it may not have been they."""
    with_a_role = User.objects.filter(Q(is_superuser=True) | Q(grants__isnull=False), is_active=True)
    found = with_a_role.exclude(email="").distinct().order_by("pk")
    rights = (EDIT, "users.edit", "audit.view")
    return [user for user in found if any(user.access.may_somewhere(right) for right in rights)]


def _headline(request: ProtectionRequest) -> str:
    return messages.LOWERED_ALONE.format(user=request.requested_by, environment=request.environment_name)


def _text(request: ProtectionRequest) -> str:
    reason = f"{messages.REASON.format(reason=request.reason)}\n" if request.reason else ""
    link = f"\n{settings.BASE_URL}/admin/\n" if settings.BASE_URL else ""
    facts = {"changes": request.in_words, "at": f"{request.requested:%Y-%m-%d %H:%M}"}
    return messages.LOWERED_TEXT.format(headline=_headline(request), reason=reason, link=link, **facts)
