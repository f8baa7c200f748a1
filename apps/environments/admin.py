# [DEF:environments.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Environments. `apps.catalogue.admin` adds what a worker does for one, and registers the page.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION DEPENDS_ON -> superset.errors
"""Environments. `apps.catalogue.admin` adds what a worker does for one, and registers the page."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminPasswordWidget

from apps.core.admin import Deed, Done, WithDeeds, display
from apps.core.errors import LockstepError
from apps.core.policies import Verdict
from apps.environments import services
from apps.environments.models import Environment, Provider
from apps.environments.policies import allowed_actions
from apps.superset.errors import SupersetError

EDITABLE = ("url", "tier", "protected", "approvals_needed", "ca_bundle")

TIER_LABELS = {"prod": "danger", "stage": "warning", "test": "info", "dev": "info", "other": ""}
STATE_LABELS = {"ok": "success", "not checked": "info", "disabled": "", "error": "danger"}
PROVIDERS = (
    (Provider.DB.value, "a password that Superset checks"),
    (Provider.LDAP.value, "a password that a directory checks (LDAP)"),
    (Provider.TOKEN.value, "a ready access token"),
)


class EnvironmentForm(forms.ModelForm):
    """Stores through the services as the last step of its validation, so that what they refuse is told in the form.

    The secret goes in and never out: an empty one leaves the stored one as it is.
    """

    password = forms.CharField(
        label="Password or token",
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted and never shown again. Leave it empty to keep the stored one.",
    )
    actor: Any = None
    """Who fills it in; set by the page."""

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
        provider = self.fields["provider"]
        assert isinstance(provider, forms.ChoiceField)
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

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            self.instance = self._add() if self.instance.pk is None else self._edit()
        except (LockstepError, SupersetError) as refused:
            self.add_error(None, str(refused))

    def _add(self) -> Environment:
        values = {name: self.cleaned_data[name] for name in ("name", *EDITABLE)}
        # It is asked by the task that the page starts, not while the browser waits
        return services.add_environment(actor=self.actor, sign_in=self._sign_in(), check=False, **values)

    def _edit(self) -> Environment:
        environment = Environment.objects.get(pk=self.instance.pk)  # ours has the new values already
        values = {name: self.cleaned_data[name] for name in EDITABLE}
        with transaction.atomic():
            services.edit_environment(actor=self.actor, environment=environment, **values)
            if self.cleaned_data["password"]:
                services.update_credentials(
                    actor=self.actor, environment=environment, sign_in=self._sign_in(), check=False
                )
        return environment

    def _sign_in(self) -> services.SignIn:
        given = self.cleaned_data
        return services.SignIn(given["password"], given["username"], given["provider"])


class EnvironmentAdmin(WithDeeds):
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
    )  # fmt: skip

    def verdicts(self, user: Any, row: Environment) -> dict[str, Verdict]:
        return allowed_actions(user, row)

    def get_readonly_fields(self, request: HttpRequest, obj: Environment | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.actor = request.user
        return form

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Environment:
        stored: Environment = form.instance
        return stored

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form has done it."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing beside the row."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and allowed_actions(request.user, obj)["remove"].allowed  # type: ignore[arg-type]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with it (its catalogue, its mappings) is part of it and needs no permission of its own."""
        names, counts, _, protected = super().get_deleted_objects(objs, request)
        return names[:1], counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Environment) -> None:
        services.remove_environment(actor=request.user, environment=obj)  # type: ignore[arg-type]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        extra = {"show_save_and_continue": False, "show_save_and_add_another": False, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)

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
