# [DEF:users.admin_pages.tokens:Module]
# @COMPLEXITY: 3
# @PURPOSE: The admin pages of API tokens: your own, and everybody's if you may see accounts.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION CALLS -> users.services.tokens
from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from apps.core.admin import Confirmation, Done, RecordAdmin, RowAction, display
from apps.core.policies import Verdict, verdicts
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.users import messages
from apps.users.models import ApiToken, TokenScope
from apps.users.services import tokens

SCOPES = ((TokenScope.READ, _("read only")), (TokenScope.ACT, _("everything I can do")))


class TokenForm(ServiceForm):
    """The text goes to the page that shows it, and nowhere else."""

    text = ""
    days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=tokens.LONGEST, initial=90, widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("until it expires, {limit} at most").format(limit=tokens.LONGEST),
    )  # fmt: skip
    where = forms.CharField(
        label=_("Where"), required=False, widget=UnfoldAdminTextInputWidget,
        help_text=_("short names of environments, or tiers such as tier:dev, separated by spaces; empty: everywhere"),
    )  # fmt: skip

    class Meta:
        model = ApiToken
        fields = ("name", "scope")
        help_texts: ClassVar = {"name": _("what uses it, for example the name of a script")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].label = _("Access")
        self.fields["scope"].choices = SCOPES  # type: ignore[attr-defined]

    def clean_where(self) -> list[str]:
        return list(dict.fromkeys(self.cleaned_data["where"].split()))

    def store(self) -> ApiToken:
        token, self.text = tokens.create_token(user=self.actor, **self.given("name", "scope", "days", "where"))
        return token


def _revoke(user: Any, row: ApiToken, fields: Any) -> Done:  # noqa: ARG001 - the call of a row action
    tokens.revoke_token(actor=user, token=row)
    return Done(messages.TOKEN_REVOKED.format(token=row))


@admin.register(ApiToken)
class ApiTokenAdmin(RecordAdmin, WithServiceForm):
    """Created by a form, never changed, revoked by a row action."""

    form = TokenForm
    fieldsets = ((None, {"fields": ("name", "scope", "where", "days")}),)
    list_display = ("name", "user", "shown_state", "scope", "shown_where", "expires", "last_used")
    list_filter = ("scope",)
    search_fields = ("name", "user__username")
    list_select_related = ("user",)
    empty_text = _("No tokens. A script uses one to call the API on your behalf.")
    empty_links = ((_("Create a token"), "users_apitoken_add"),)
    row_actions = (
        RowAction(
            "revoke",
            _("Revoke"),
            _revoke,
            "key_off",
            "danger",
            fits=lambda row: row.revoked is None,
            confirm=lambda row: Confirmation(messages.CONFIRM_REVOKE_TOKEN.format(token=row, user=row.user)),
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Everybody for themselves."""
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        request.made = form.text  # type: ignore[attr-defined]
        return super().save_form(request, form, change)

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: Any = None) -> HttpResponse:
        """Not a message on the next page: messages are kept in the session, and that in the database."""
        shown = {"original": obj, "text": request.made}  # type: ignore[attr-defined]
        return self.page(request, "admin/users/token.html", _("Token “{name}”").format(name=obj.name), shown)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        return tokens.visible_tokens(request.user).select_related("user")  # type: ignore[arg-type]

    def verdicts(self, user: Any, row: ApiToken) -> dict[str, Verdict]:
        return verdicts(revoke=lambda: tokens.require_revocable(user, row))

    def facts(self, row: ApiToken) -> list[tuple[Any, Any]]:
        return [
            (_("Name"), str(row)),
            (_("Account"), row.user.username),
            (_("State"), row.state),
            (_("Access"), _("read only") if row.scope == TokenScope.READ else _("everything the account can do")),
            (_("Where"), self.shown_where(row)),
            (_("Created"), f"{row.created:%Y-%m-%d %H:%M} UTC"),
            (_("Expires"), f"{row.expires:%Y-%m-%d %H:%M} UTC"),
            (_("Last used"), f"{row.last_used:%Y-%m-%d %H:%M} UTC" if row.last_used else _("never")),
        ]

    @display(description=_("State"), label={"valid": "success", "expired": "", "revoked": "warning"})
    def shown_state(self, row: ApiToken) -> str:
        return row.state

    @display(description=_("Where"))
    def shown_where(self, row: ApiToken) -> str:
        return ", ".join(row.where) or str(_("everywhere"))
