# [DEF:environments.forms:Module]
# @COMPLEXITY: 3
# @PURPOSE: The form of an environment: its facts, and how Lockstep signs in.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION CALLS -> environments.services.edits
# @RELATION DEPENDS_ON -> superset.errors

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from apps.core.service_forms import ServiceForm
from apps.environments.models import Environment, Provider
from apps.environments.services import edits, registration
from apps.environments.services.sign_in import SignIn
from apps.superset.errors import SupersetError

EDITABLE = ("url", "tier", "protected", "approvals_needed", "check_queries", "ca_bundle")

PROVIDERS = (
    (Provider.DB.value, _("password, checked by Superset")),
    (Provider.LDAP.value, _("password, checked by a directory (LDAP)")),
    (Provider.TOKEN.value, _("access token")),
)


class EnvironmentForm(ServiceForm):
    """The secret is written and never shown; an empty one keeps what is stored."""

    password = forms.CharField(
        label=_("Password or token"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "Stored encrypted and never shown again. Leave empty to keep the stored one, which is only valid for the "
            "current server."
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Why, if this lowers the protection. Shown to the person who confirms and in the audit."),
    )
    announced = (*ServiceForm.announced, SupersetError)

    class Meta:
        model = Environment
        fields = ("name", *EDITABLE, "username", "provider")
        labels: ClassVar = {
            "url": _("Address"),
            "ca_bundle": _("CA bundle"),
            "username": _("User name"),
            "provider": _("Sign-in by"),
        }
        help_texts: ClassVar = {
            "url": _("with or without /api/v1"),
            "protected": _("changes need approval"),
            "approvals_needed": _("approvals needed if protected"),
            "check_queries": _("after an apply, run each written chart's query for one row"),
            "ca_bundle": _("PEM file on this server with the certificates to trust, if they are not public"),
            "username": _("account of Lockstep in Superset"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        provider = self.fields.get("provider")  # absent where the user may only view
        if isinstance(provider, forms.ChoiceField):
            provider.choices = PROVIDERS
        if self.instance.pk is None:
            self.fields["password"].help_text = _("Stored encrypted and never shown again.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance.pk is None and not cleaned.get("password"):
            self.add_error("password", _("A new environment needs a password or token."))
        elif {"username", "provider"} & set(self.changed_data) and not cleaned.get("password"):
            self.add_error("password", _("A different account or way to sign in needs its own password or token."))
        return cleaned

    def store(self) -> Environment:
        return self._add() if self.instance.pk is None else self._edit()

    def _add(self) -> Environment:
        # The page starts a task that tests the connection, so that the browser does not wait
        return registration.add_environment(
            actor=self.actor, sign_in=self._sign_in(), check=False, **self.given("name", *EDITABLE)
        )

    def _edit(self) -> Environment:
        environment: Environment = self.stored()
        sign_in = self._sign_in() if self.cleaned_data["password"] else None
        changes = self.given(*EDITABLE, "reason")
        edits.edit_environment(actor=self.actor, environment=environment, sign_in=sign_in, **changes)
        return environment

    def _sign_in(self) -> SignIn:
        given = self.cleaned_data
        return SignIn(given["password"], given["username"], given["provider"])
