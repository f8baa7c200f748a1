# [DEF:users.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may sign in.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION DEPENDS_ON -> audit.services
"""Who may sign in."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from apps.audit.services import record
from apps.core.admin import WithDeeds, display
from apps.core.errors import LockstepError
from apps.users.models import User
from apps.users.policies import require_other_administrator

FACTS = ("username", "email", "first_name", "last_name", "is_active", "is_superuser")


class EditForm(UserChangeForm):
    def clean(self) -> dict[str, Any]:
        """An installation keeps somebody who can get in."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not (cleaned.get("is_active") and cleaned.get("is_superuser")):
            try:
                require_other_administrator(self.instance)
            except LockstepError as refused:
                self.add_error(None, str(refused))
        return cleaned


@admin.register(User)
class UserAdmin(DjangoUserAdmin, WithDeeds):
    """Users are added and edited here, and made inactive instead of deleted: their traces name them."""

    form = EditForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "shown_role", "is_active", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("username", "email", "first_name", "last_name")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_superuser")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "password1", "password2", "is_superuser")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        before = _facts(User.objects.get(pk=obj.pk)) if change else {}
        obj.is_staff = obj.is_superuser  # administrators are those who use these pages
        obj.save()
        after = _facts(obj)
        different = {name: value for name, value in after.items() if before.get(name) != value}
        if different:
            old = {name: before[name] for name in different} if change else None
            action = "user.edit" if change else "user.add"
            record(actor=request.user, action=action, target=obj, before=old, after=different)  # type: ignore[arg-type]

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Django's page for a new password tells of it by this alone."""
        if request.path.endswith("/password/"):
            record(actor=request.user, action="user.change_password", target=obj)  # type: ignore[arg-type]

    @display(description="Role", label={"administrator": "primary"})
    def shown_role(self, row: User) -> str:
        return "administrator" if row.is_superuser else "none yet"


def _facts(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in FACTS}
