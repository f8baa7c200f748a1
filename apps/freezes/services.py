# [DEF:freezes.services:Module]
# @COMPLEXITY: 3
# @PURPOSE: Setting up freeze windows.
# @RELATION DEPENDS_ON -> freezes.policies
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.audit.services import record
from apps.core.advice import advise
from apps.core.concurrency import locked
from apps.core.errors import NotThere
from apps.freezes import messages
from apps.freezes.models import FreezeWindow
from apps.freezes.policies import require_editable
from apps.users.models import User


def get_freeze(number: int, *, user: User) -> FreezeWindow:
    """Of those that the user may see."""
    found = FreezeWindow.objects.visible_to(user).select_related("environment").filter(pk=number).first()
    if found is None:
        raise NotThere(messages.NO_FREEZE.format(number=number), advice=advise("freezes.list"))
    return found


def add_freeze(*, actor: User, **facts: Any) -> FreezeWindow:
    """ValidationError names the fields that are wrong."""
    window = FreezeWindow(created_by=actor, **facts)
    window.full_clean()
    require_editable(actor, window)
    with transaction.atomic():
        window.save(force_insert=True)
        record(actor=actor, action="freeze.add", target=window, after=window.facts())
    return window


def edit_freeze(*, actor: User, window: FreezeWindow, **changes: Any) -> FreezeWindow:
    """As it is stored then. It takes the permission for where it counted and for where it counts now."""
    with transaction.atomic():
        window = locked(window)
        require_editable(actor, window)
        before = window.facts()
        for name, value in changes.items():
            setattr(window, name, value)
        window.full_clean()
        require_editable(actor, window)
        if window.facts() != before:
            window.save()
            record(actor=actor, action="freeze.edit", target=window, before=before, after=window.facts())
    return window


def remove_freeze(*, actor: User, window: FreezeWindow) -> None:
    require_editable(actor, window)
    with transaction.atomic():
        record(actor=actor, action="freeze.remove", target=window, before=window.facts())
        window.delete()
