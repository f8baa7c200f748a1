# [DEF:environments.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Environments. `apps.catalogue.admin` adds what a worker does for one, and registers the page.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION DEPENDS_ON -> superset.errors
"""Environments. `apps.catalogue.admin` adds what a worker does for one, and registers the page."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget

from apps.core.admin import Confirmation, Deed, Done, WithDeeds, display
from apps.core.policies import Verdict
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.environments import services
from apps.environments.models import Environment, Provider
from apps.environments.policies import EDIT, allowed_actions
from apps.superset.errors import SupersetError

EDITABLE = ("url", "tier", "protected", "approvals_needed", "ca_bundle")

TIER_LABELS = {"prod": "danger", "stage": "warning", "test": "info", "dev": "info", "other": ""}
STATE_LABELS = {"ok": "success", "not checked": "info", "disabled": "", "error": "danger"}
PROVIDERS = (
    (Provider.DB.value, "a password that Superset checks"),
    (Provider.LDAP.value, "a password that a directory checks (LDAP)"),
    (Provider.TOKEN.value, "a ready access token"),
)

REMOVED = ["Its catalogue, mappings, pairings and freezes go with it. Nothing changes in that Superset."]


class EnvironmentForm(ServiceForm):
    """The secret goes in and never out: an empty one leaves the stored one as it is."""

    password = forms.CharField(
        label="Password or token",
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted and never shown again. Leave it empty to keep the stored one, which is for the "
        "server of the address: another server needs its own.",
    )
    announced = (*ServiceForm.announced, SupersetError)

    class Meta:
        model = Environment
        fields = ("name", "url", "tier", "protected", "approvals_needed", "ca_bundle", "username", "provider")
        labels: ClassVar = {"url": "Address", "ca_bundle": "CA bundle", "username": "User name", "provider": "By"}
        help_texts: ClassVar = {
            "url": "of that Superset, with or without /api/v1",
            "ca_bundle": "file on this machine with the certificates to trust, if they are not public ones",
            "username": "the account of Lockstep there",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        provider = self.fields.get("provider")  # which is not there for whoever may only look
        if isinstance(provider, forms.ChoiceField):
            provider.choices = PROVIDERS
        if self.instance.pk is None:
            self.fields["password"].help_text = "Stored encrypted and never shown again."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance.pk is None and not cleaned.get("password"):
            self.add_error("password", "A new environment needs one.")
        elif {"username", "provider"} & set(self.changed_data) and not cleaned.get("password"):
            self.add_error("password", "Another account or way to sign in needs its own: give it, too.")
        return cleaned

    def store(self) -> Environment:
        return self._add() if self.instance.pk is None else self._edit()

    def _add(self) -> Environment:
        # It is asked by the task that the page starts, not while the browser waits
        return services.add_environment(
            actor=self.actor, sign_in=self._sign_in(), check=False, **self.given("name", *EDITABLE)
        )

    def _edit(self) -> Environment:
        environment: Environment = self.stored()
        sign_in = self._sign_in() if self.cleaned_data["password"] else None
        services.edit_environment(actor=self.actor, environment=environment, sign_in=sign_in, **self.given(*EDITABLE))
        return environment

    def _sign_in(self) -> services.SignIn:
        given = self.cleaned_data
        return services.SignIn(given["password"], given["username"], given["provider"])


class EnvironmentAdmin(WithServiceForm):
    edits = EDIT
    form = EnvironmentForm
    empty_text = "No Superset is known yet. Each that you add is asked at once whether it answers and lets Lockstep in."
    empty_links = (("Add an environment", "environments_environment_add"),)
    list_display = ("shown_name", "shown_tier", "shown_address", "release", "shown_state", "last_contact")
    list_filter = ("tier", "enabled")
    search_fields = ("name", "slug", "url")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "url", "tier", "protected", "approvals_needed", "ca_bundle")}),
        ("Sign-in", {"fields": ("provider", "username", "password")}),
    )
    announced = (*WithDeeds.announced, SupersetError)
    deeds: tuple[Deed, ...] = (
        Deed("enable", "Enable", lambda user, row, _: _set_enabled(user, row, enabled=True), "toggle_on",
             fits=lambda row: not row.enabled),
        Deed("disable", "Disable", lambda user, row, _: _set_enabled(user, row, enabled=False), "toggle_off",
             fits=lambda row: row.enabled),
        Deed("remove", "Remove", lambda user, row, _: _remove(user, row), "delete", "danger",
             confirm=lambda row: Confirmation(f"Remove “{row}”?", REMOVED)),
    )  # fmt: skip

    def verdicts(self, user: Any, row: Environment) -> dict[str, Verdict]:
        return allowed_actions(user, row)

    def place_of(self, row: Environment) -> Environment:
        return row

    def get_fieldsets(self, request: HttpRequest, obj: Environment | None = None) -> Any:
        """Whoever may only look finds no field for a password."""
        shown = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return shown
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name != "password"]})
            for title, options in shown
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Environment | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    @display(description="Name", ordering="name", header=True)
    def shown_name(self, row: Environment) -> list[str]:
        return [row.name, f"signs in as {row.username or row.get_provider_display()}"]

    @display(description="Address", ordering="url")
    def shown_address(self, row: Environment) -> str:
        return row.url

    @display(description="Tier", ordering="tier", label=TIER_LABELS)
    def shown_tier(self, row: Environment) -> tuple[str, str]:
        return row.tier, f"{row.tier}{', protected' if row.protected else ''}"

    @display(description="State", label=STATE_LABELS)
    def shown_state(self, row: Environment) -> tuple[str, str]:
        return (row.state if row.state in STATE_LABELS else "error"), row.state


def _set_enabled(user: Any, environment: Environment, *, enabled: bool) -> Done:
    services.set_enabled(actor=user, environment=environment, enabled=enabled)
    return Done(f"“{environment}” is {'enabled' if enabled else 'disabled'} now.")


def _remove(user: Any, environment: Environment) -> Done:
    name = environment.name
    services.remove_environment(actor=user, environment=environment)
    return Done(f"“{name}” is removed.")
