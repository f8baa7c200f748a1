# [DEF:users.admin_pages.roles:Module]
# @COMPLEXITY: 3
# @PURPOSE: The admin pages of roles and their permissions.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION CALLS -> users.services.roles

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.core.admin import Confirmation, Done, RowAction
from apps.core.policies import Verdict, verdicts
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.users import messages
from apps.users.access import EVERYWHERE
from apps.users.models import Role
from apps.users.permissions import known
from apps.users.policies import EDIT, VIEW
from apps.users.services import roles


class RoleForm(ServiceForm):
    """Permissions that apply everywhere are checkboxes; the others are written as text."""

    everywhere = forms.MultipleChoiceField(
        required=False,
        label=_("Allowed everywhere"),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ls-choices"}),
    )
    narrowed = forms.CharField(
        required=False, label=_("Allowed in some environments, or by pattern"), help_text=messages.NARROWED_PERMISSIONS,
        widget=UnfoldAdminTextareaWidget,
    )  # fmt: skip

    class Meta:
        model = Role
        fields = ("slug", "title", "description")
        widgets = {"description": UnfoldAdminTextInputWidget}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, f"{name}: {meaning}") for name, meaning in sorted(known().items())]
        self.fields["everywhere"].choices = choices  # type: ignore[attr-defined]
        if self.instance.pk:
            pairs = roles.pairs_of(self.instance)
            self.initial["everywhere"] = [what for what, where in pairs if _is_ticked(what, where)]
            written = [f"{what} {where}" for what, where in pairs if not _is_ticked(what, where)]
            self.initial["narrowed"] = "\n".join(written)

    def clean_narrowed(self) -> list[tuple[str, str]]:
        lines = [line.split() for line in self.cleaned_data["narrowed"].splitlines() if line.strip()]
        if wrong := next((line for line in lines if len(line) > 2), None):
            raise forms.ValidationError(messages.NARROWED_TOO_LONG.format(line=" ".join(wrong)))
        return [(line[0], line[1] if len(line) == 2 else EVERYWHERE) for line in lines]

    def store(self) -> Role:
        permissions = [(what, EVERYWHERE) for what in self.cleaned_data["everywhere"]] + self.cleaned_data["narrowed"]
        if self.instance.pk is None:
            given = self.given("slug", "title", "description")
            return roles.add_role(actor=self.actor, permissions=permissions, **given)
        role: Role = self.stored()
        roles.edit_role(actor=self.actor, role=role, permissions=permissions, **self.given("title", "description"))
        return role


def _is_ticked(what: str, where: str) -> bool:
    return where == EVERYWHERE and what in known()


def _remove(user: Any, row: Role, fields: Any) -> Done:  # noqa: ARG001 - the call of a row action
    roles.remove_role(actor=user, role=row)
    return Done(messages.ROLE_REMOVED.format(role=row), reverse("admin:users_role_changelist"))


@admin.register(Role)
class RoleAdmin(WithServiceForm):
    view_permission = VIEW
    change_permission = EDIT
    form = RoleForm
    list_display = ("title", "slug", "description")
    search_fields = ("slug", "title", "description")
    fieldsets = (
        (None, {"fields": ("title", "slug", "description")}),
        (_("Permissions"), {"fields": ("everywhere", "narrowed")}),
    )
    change_form_outer_before_template = "admin/users/role.html"
    row_actions = (
        RowAction(
            "remove",
            _("Remove"),
            _remove,
            "delete",
            "danger",
            confirm=lambda row: Confirmation(messages.CONFIRM_REMOVE_ROLE.format(role=row)),
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        return self.verdicts(request.user, obj)["edit"].allowed

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only read finds the permissions above the fields."""
        may_edit = obj is None or self.has_change_permission(request, obj)
        return self.fieldsets if may_edit else self.fieldsets[:1]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def verdicts(self, user: Any, row: Role) -> dict[str, Verdict]:
        return verdicts(**dict.fromkeys(("edit", "remove"), lambda: roles.require_editable(user, row)))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        row = self.get_object(request, object_id)
        pairs = roles.pairs_of(row) if row and not self.has_change_permission(request, row) else []
        shown = {"pairs": [(what, where, known().get(what, "")) for what, where in pairs]}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})
