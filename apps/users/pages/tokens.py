# [DEF:users.pages.tokens:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tokens for the API: one's own, and those of others for who may see accounts.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION CALLS -> users.tokens
"""Tokens for the API: one's own, and those of others for who may see accounts. They are made through the API."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.core.admin import Confirmation, Deed, Done, RecordAdmin, display
from apps.core.policies import Verdict, verdicts
from apps.users import tokens
from apps.users.models import ApiToken


def _revoke(user: Any, row: ApiToken, _: Any) -> Done:
    tokens.revoke_token(actor=user, token=row)
    return Done(f"“{row}” is revoked.")


@admin.register(ApiToken)
class ApiTokenAdmin(RecordAdmin):
    list_display = ("name", "user", "shown_state", "scope", "shown_where", "expires", "last_used")
    list_filter = ("scope",)
    search_fields = ("name", "user__username")
    list_select_related = ("user",)
    empty_text = "There is no token. Whoever is signed in makes their own by POST /api/v1/tokens."
    deeds = (
        Deed("revoke", "Revoke", _revoke, "key_off", "danger", fits=lambda row: row.revoked is None,
             confirm=lambda row: Confirmation(f"Revoke “{row}” of “{row.user}”? Scripts with it are refused then.")),
    )  # fmt: skip

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        return tokens.visible_tokens(request.user).select_related("user")  # type: ignore[arg-type]

    def verdicts(self, user: Any, row: ApiToken) -> dict[str, Verdict]:
        return verdicts(revoke=lambda: tokens.require_revocable(user, row))

    def facts(self, row: ApiToken) -> list[tuple[str, Any]]:
        return [
            ("Name", str(row)),
            ("Account", row.user.username),
            ("State", row.state),
            ("May", "look only" if row.scope == "read" else "do what the account may"),
            ("Where", self.shown_where(row)),
            ("Made", f"{row.created:%Y-%m-%d %H:%M} UTC"),
            ("Expires", f"{row.expires:%Y-%m-%d %H:%M} UTC"),
            ("Last used", f"{row.last_used:%Y-%m-%d %H:%M} UTC" if row.last_used else "never"),
        ]

    @display(description="State", label={"valid": "success", "expired": "", "revoked": "warning"})
    def shown_state(self, row: ApiToken) -> str:
        return row.state

    @display(description="Where")
    def shown_where(self, row: ApiToken) -> str:
        return ", ".join(row.where) or "everywhere"
