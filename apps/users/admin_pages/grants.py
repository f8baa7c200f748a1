# [DEF:users.admin_pages.grants:Module]
# @COMPLEXITY: 3
# @PURPOSE: Roles that accounts hold: given and taken back.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION CALLS -> users.services.grants

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.core.admin import Confirmation, Done, RecordAdmin, RowAction, address, display
from apps.core.policies import Verdict, verdicts
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.users.models import Grant
from apps.users.policies import EDIT, VIEW
from apps.users.services import grants


class GrantForm(ServiceForm):
    class Meta:
        model = Grant
        fields = ("user", "role", "where")
        labels: ClassVar = {"user": "Account"}

    def store(self) -> Grant:
        return grants.grant_role(actor=self.actor, **self.given("user", "role", "where"))


def _revoke(user: Any, row: Grant, _: Any) -> Done:
    told = f"“{row.user}” no longer has the role “{row}”."
    grants.revoke_role(actor=user, grant=row)
    return Done(told, address(row.user))


@admin.register(Grant)
class GrantAdmin(RecordAdmin, WithServiceForm):
    """Given by a form, never changed, taken back by a row action."""

    view_permission = VIEW
    change_permission = EDIT
    form = GrantForm
    list_display = ("user", "role", "shown_where", "group", "created")
    list_filter = ("role",)
    search_fields = ("user__username", "where", "group")
    list_select_related = ("user", "role")
    has_history = False  # it is in that of the account
    empty_text = "No role is given to anybody yet: only superusers can do something."
    empty_links = (("Give a role", "users_grant_add"),)
    row_actions = (
        RowAction(
            "revoke",
            "Take back",
            _revoke,
            "person_remove",
            "danger",
            confirm=lambda row: Confirmation(f"Take the role “{row}” back from “{row.user}”?"),
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def verdicts(self, user: Any, row: Grant) -> dict[str, Verdict]:
        return verdicts(revoke=lambda: grants.require_revocable(user, row))

    def response_add(self, request: HttpRequest, obj: Grant, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(address(obj.user))

    def facts(self, row: Grant) -> list[tuple[str, Any]]:
        return [
            ("Account", row.user.username),
            ("Role", row.role.title),
            ("Where", self.shown_where(row)),
            ("By the group", row.group),
            ("Since", f"{row.created:%Y-%m-%d %H:%M} UTC"),
        ]

    @display(description="Where", ordering="where")
    def shown_where(self, row: Grant) -> str:
        return "everywhere" if row.where == "*" else row.where
