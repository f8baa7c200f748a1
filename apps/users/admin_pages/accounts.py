# [DEF:users.admin_pages.accounts:Module]
# @COMPLEXITY: 3
# @PURPOSE: The admin pages of accounts: their roles, and signing one out everywhere.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION CALLS -> users.services.accounts
# @RELATION CALLS -> users.services.sign_in

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models, transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldBooleanWidget

from apps.core.admin import Confirmation, Done, RowAction, address, display
from apps.core.errors import LockstepError
from apps.core.policies import Verdict
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.users import messages as texts
from apps.users.models import Grant, User
from apps.users.policies import EDIT, VIEW, allowed_actions, require_password_settable
from apps.users.services import accounts
from apps.users.services.sign_in import password_changed

HELP: dict[str, Any] = {"is_staff": texts.STAFF_HELP, "is_superuser": texts.SUPERUSER_HELP}


class AddForm(ServiceForm, UserCreationForm):
    class Meta(UserCreationForm.Meta):
        help_texts = HELP

    def store(self) -> User:
        given = self.given("username", "email", "is_staff", "is_superuser", "must_change_password")
        return accounts.add_user(actor=self.actor, password=self.cleaned_data["password1"], **given)


class PasswordForm(AdminPasswordChangeForm):
    """A new password that somebody else chose is to be changed by its owner, unless this says otherwise."""

    must_change_password = forms.BooleanField(
        label=texts.MUST_CHANGE_PASSWORD,
        help_text=texts.MUST_CHANGE_PASSWORD_HELP,
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
    )

    def save(self, commit: bool = True) -> Any:
        self.user.must_change_password = self.cleaned_data["must_change_password"]
        return super().save(commit)


class EditForm(ServiceForm, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        help_texts = HELP

    def store(self) -> User:
        user: User = self.stored()
        accounts.edit_user(actor=self.actor, user=user, **self.given(*accounts.FACTS))
        return user


def _end_sessions(user: Any, row: User, fields: Any) -> Done:  # noqa: ARG001 - the call of a row action
    accounts.end_sessions(actor=user, user=row)
    return Done(texts.SIGNED_OUT_EVERYWHERE.format(user=row), reverse("admin:login") if user.pk == row.pk else "")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, WithServiceForm):  # type: ignore[misc]  # both signatures of get_form are Django's
    """Accounts are added and edited here, and made inactive instead of deleted: the audit refers to them."""

    view_permission = VIEW
    change_permission = EDIT
    form = EditForm
    add_form = AddForm
    change_password_form = PasswordForm
    change_user_password_template = "admin/users/password.html"  # noqa: S105 - a template
    change_form_outer_before_template = "admin/users/account.html"
    list_display = ("username", "email", "shown_roles", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username", "email", "first_name", "last_name")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "must_change_password")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email", "password1", "password2", "must_change_password")}),
        (_("Access"), {"fields": ("is_staff", "is_superuser")}),
    )
    row_actions = (
        RowAction(
            "end-sessions",
            _("Sign out everywhere"),
            _end_sessions,
            "logout",
            "danger",
            confirm=lambda row: Confirmation(texts.CONFIRM_SIGN_OUT.format(user=row)),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        grants = Prefetch("grants", Grant.objects.select_related("role"))
        return super().get_queryset(request).prefetch_related(grants)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        return allowed_actions(request.user, obj)["edit"].allowed  # type: ignore[arg-type]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"must_change_password": True, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else ("is_superuser",)

    def verdicts(self, user: Any, row: User) -> dict[str, Verdict]:
        return {"end-sessions": allowed_actions(user, row)["end_sessions"]}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        shown = {"account": row, "allowed": allowed_actions(request.user, row)} if row else {}  # type: ignore[arg-type]
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        row = self.get_object(request, id)
        try:
            if row is not None:
                require_password_settable(request.user, row)  # type: ignore[arg-type]
        except LockstepError as refused:
            assert row is not None
            messages.error(request, str(refused))
            return HttpResponseRedirect(address(row))
        with transaction.atomic():
            response: HttpResponse = super().user_change_password(request, id, form_url)
        return response

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Django's page for a new password reports it only by this call."""
        if request.path.endswith("/password/"):
            user: Any = obj
            must_change = user.must_change_password and user.pk != request.user.pk
            password_changed(actor=request.user, user=user, must_change=must_change)  # type: ignore[arg-type]

    @display(description=_("Roles"))
    def shown_roles(self, row: User) -> str:
        return str(_("superuser")) if row.is_superuser else ", ".join(map(str, row.grants.all())) or str(_("none"))
