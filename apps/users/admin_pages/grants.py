# [DEF:users.admin_pages.grants:Module]
# @COMPLEXITY: 3
# @PURPOSE: The admin pages of grants: roles granted to accounts, and revoked.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION CALLS -> users.services.grants

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib import messages as pages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Confirmation, Done, RecordAdmin, RowAction, address, display
from apps.core.policies import Verdict, verdicts
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.users import messages, places
from apps.users.models import Grant
from apps.users.policies import EDIT, VIEW
from apps.users.services import grants


class GrantForm(ServiceForm):
    class Meta:
        model = Grant
        fields = ("user", "role", "where")
        labels: ClassVar = {"user": _("Account")}
        help_texts: ClassVar = {"user": messages.ONLY_STAFF}

    def store(self) -> Grant:
        return grants.grant_role(actor=self.actor, **self.given("user", "role", "where"))


def _revoke(user: Any, row: Grant, fields: Any) -> Done:  # noqa: ARG001 - the call of a row action
    text = messages.REVOKED.format(user=row.user, role=row)
    grants.revoke_role(actor=user, grant=row)
    return Done(text, address(row.user))


@admin.register(Grant)
class GrantAdmin(RecordAdmin, WithServiceForm):
    """Granted by a form, never changed, revoked by a row action."""

    view_permission = VIEW
    change_permission = EDIT
    form = GrantForm
    list_display = ("user", "role", "shown_where", "group", "created")
    list_filter = ("role",)
    search_fields = ("user__username", "where", "group")
    list_select_related = ("user", "role")
    has_history = False  # the account's history has it
    empty_text = _("No roles are granted yet. Only superusers have access.")
    empty_links = ((_("Grant a role"), "users_grant_add"),)
    row_actions = (
        RowAction(
            "revoke",
            _("Revoke"),
            _revoke,
            "person_remove",
            "danger",
            confirm=lambda row: Confirmation(messages.CONFIRM_REVOKE.format(user=row.user, role=row)),
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def verdicts(self, user: Any, row: Grant) -> dict[str, Verdict]:
        return verdicts(revoke=lambda: grants.require_revocable(user, row))

    def response_add(self, request: HttpRequest, obj: Grant, post_url_continue: Any = None) -> HttpResponse:
        notice = pages.warning if places.warning(obj.where) else pages.success
        notice(request, grants.granted(obj))
        if not obj.user.is_staff:
            pages.warning(request, f"{messages.NOT_STAFF.format(user=obj.user)} {messages.TURN_ON_STAFF}")
        return HttpResponseRedirect(address(obj.user))

    def facts(self, row: Grant) -> list[tuple[Any, Any]]:
        return [
            (_("Account"), row.user.username),
            (_("Role"), row.role.title),
            (_("Where"), self.shown_where(row)),
            (_("From group"), row.group),
            (_("Since"), f"{row.created:%Y-%m-%d %H:%M} UTC"),
        ]

    @display(description=_("Where"), ordering="where")
    def shown_where(self, row: Grant) -> str:
        return str(_("everywhere")) if row.where == "*" else row.where
