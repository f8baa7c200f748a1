# [DEF:users.services.preferences:Module]
# @COMPLEXITY: 3
# @PURPOSE: What each user prefers: language, look, the environment to begin with, time zone.
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

from apps.users import messages
from apps.users.models import User

STORED = {"language": "language", "theme": "theme", "environment": "start_environment", "time_zone": "time_zone"}
"""Each preference, and the column that has it."""


def preferences_of(user: User) -> dict[str, Any]:
    return {name: getattr(user, column) for name, column in STORED.items()} | {
        "environment": user.start_environment or None
    }


def prefer(*, user: User, **given: Any) -> dict[str, Any]:
    """Store some of STORED, and return all. They belong to the account alone, so the audit does not record them."""
    if (zone := given.get("time_zone")) and zone not in _zones():
        raise ValidationError({"time_zone": messages.NOT_A_TIME_ZONE.format(name=zone)})
    for name, value in given.items():
        setattr(user, STORED[name], value or "")
    user.save(update_fields=[STORED[name] for name in given])
    return preferences_of(user)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
