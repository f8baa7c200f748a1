# [DEF:environments.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Environments. `apps.catalogue.admin` adds what a worker does for one, and registers the page.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION CALLS -> environments.confirmation

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from apps.core.admin import Confirmation, Done, RowAction, RowActionsAdmin, address, display
from apps.core.policies import Verdict
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.environments import protection, services
from apps.environments.confirmation import confirm
from apps.environments.models import Environment, Provider
from apps.environments.policies import EDIT, allowed_actions
from apps.environments.protection import decline, pending, waiting_sentence
from apps.superset.errors import SupersetError

EDITABLE = ("url", "tier", "protected", "approvals_needed", "check_queries", "ca_bundle")

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
    reason = forms.CharField(
        required=False,
        max_length=1000,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Why, if this lowers the protection: for whoever confirms it, and for the audit.",
    )
    announced = (*ServiceForm.announced, SupersetError)

    class Meta:
        model = Environment
        fields = ("name", *EDITABLE, "username", "provider")
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
        changes = self.given(*EDITABLE, "reason")
        services.edit_environment(actor=self.actor, environment=environment, sign_in=sign_in, **changes)
        return environment

    def _sign_in(self) -> services.SignIn:
        given = self.cleaned_data
        return services.SignIn(given["password"], given["username"], given["provider"])


def _confirmation(environment: Environment) -> Confirmation:
    request = pending(environment)
    if request is None:
        return Confirmation(f"Confirm for “{environment}”?", [])
    reason = [f"Why: {request.reason}"] if request.reason else []
    asked = f"“{request.requested_by}” asks to lower its protection: {request.in_words}."
    return Confirmation(f"Confirm for “{environment}”?", [asked, *reason, "It is done at once."])


class EnvironmentAdmin(WithServiceForm):
    change_permission = EDIT
    form = EnvironmentForm
    empty_text = "No Superset is known yet. Each that you add is asked at once whether it answers and lets Lockstep in."
    empty_links = (("Add an environment", "environments_environment_add"),)
    list_display = ("shown_name", "shown_tier", "shown_address", "release", "shown_state", "last_contact")
    list_filter = ("tier", "enabled")
    search_fields = ("name", "slug", "url")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", *EDITABLE, "reason")}),
        ("Sign-in", {"fields": ("provider", "username", "password")}),
    )
    announced = (*RowActionsAdmin.announced, SupersetError)
    row_actions: tuple[RowAction, ...] = (
        RowAction(
            "enable",
            "Enable",
            lambda user, row, _: _set_enabled(user, row, enabled=True),
            "toggle_on",
            fits=lambda row: not row.enabled,
        ),
        RowAction(
            "disable",
            "Disable",
            lambda user, row, _: _set_enabled(user, row, enabled=False),
            "toggle_off",
            fits=lambda row: row.enabled,
        ),
        RowAction(
            "confirm",
            "Confirm",
            lambda user, row, _: _confirm(user, row),
            "verified_user",
            "warning",
            fits=lambda row: pending(row) is not None,
            confirm=_confirmation,
        ),
        RowAction(
            "decline",
            "Decline",
            lambda user, row, _: _decline(user, row),
            "remove_moderator",
            fits=lambda row: pending(row) is not None,
        ),
        RowAction(
            "remove",
            "Remove",
            lambda user, row, _: _remove(user, row),
            "delete",
            "danger",
            confirm=lambda row: Confirmation(f"Remove “{row}”?", REMOVED),
        ),
    )

    def verdicts(self, user: Any, row: Environment) -> dict[str, Verdict]:
        return allowed_actions(user, row) | protection.allowed_actions(user, row)

    def place_of(self, row: Environment) -> Environment:
        return row

    def get_fieldsets(self, request: HttpRequest, obj: Environment | None = None) -> Any:
        """Whoever may only look finds no field for a password."""
        shown = super().get_fieldsets(request, obj)
        if obj is None:
            return _without(shown, "reason")
        if self.has_change_permission(request, obj):
            return shown
        return _without(shown, "password", "reason")

    def response_change(self, request: HttpRequest, obj: Environment) -> HttpResponse:
        """What waits for its confirmation was not changed."""
        if obj.waiting is None:
            return super().response_change(request, obj)
        messages.warning(request, waiting_sentence(obj.waiting))
        return HttpResponseRedirect(address(obj))

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
    waiting = services.remove_environment(actor=user, environment=environment)
    return Done(waiting_sentence(waiting)) if waiting else Done(f"“{name}” is removed.")


def _confirm(user: Any, environment: Environment) -> Done:
    request = confirm(actor=user, environment=environment)
    return Done(f"Confirmed for “{request.environment_name}”: {request.in_words}.")


def _decline(user: Any, environment: Environment) -> Done:
    request = decline(actor=user, environment=environment)
    return Done(f"Declined for “{environment}”: {request.in_words}. Nothing is changed.")


def _without(fieldsets: Any, *names: str) -> list[Any]:
    return [
        (title, {**options, "fields": [name for name in options["fields"] if name not in names]})
        for title, options in fieldsets
    ]
