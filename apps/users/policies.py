"""Who may use Lockstep at all."""

from __future__ import annotations

from typing import Self, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models

from apps.core.errors import Refused
from apps.users.models import User

Row = TypeVar("Row", bound=models.Model)


def is_administrator(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_superuser


def require_administrator(user: User | AnonymousUser) -> None:
    """Until there are roles, everything is for administrators."""
    if not is_administrator(user):
        raise Refused(f"“{user}” is no administrator: until roles are built, only administrators can use Lockstep.")


def require_other_administrator(user: User) -> None:
    """Somebody must be left who can get in when this one cannot."""
    others = User.objects.filter(is_superuser=True, is_staff=True, is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise Refused(f"“{user}” is the only administrator: make another one first.")


class VisibleQuerySet(models.QuerySet[Row]):
    """Rows that leave the server begin with `visible_to`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Until there are roles: all of them for administrators, none for others."""
        return self.all() if is_administrator(user) else self.none()
