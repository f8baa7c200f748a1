# [DEF:environments.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Environments. `apps.catalogue.admin` adds what a worker does for one, and registers the page.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION CALLS -> environments.confirmation

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Confirmation, Done, RowAction, RowActionsAdmin, address, display
from apps.core.policies import Verdict
from apps.core.service_forms import WithServiceForm
from apps.environments import protection
from apps.environments.confirmation import confirm
from apps.environments.forms import EDITABLE, EnvironmentForm
from apps.environments.messages import CONFIRMED, DECLINED
from apps.environments.models import Environment
from apps.environments.policies import EDIT, allowed_actions
from apps.environments.protection import pending, waiting_sentence
from apps.environments.services import edits, registration
from apps.environments.services.protection_requests import decline
from apps.superset.errors import SupersetError

TIER_LABELS = {"prod": "danger", "stage": "warning", "test": "info", "dev": "info", "other": ""}
STATE_LABELS = {"ok": "success", "not checked": "info", "disabled": "", "error": "danger"}

REMOVED = _("Its catalogue, mappings, pairings and freeze windows are removed, too. Nothing changes in Superset.")


def _confirmation(environment: Environment) -> Confirmation:
    request = pending(environment)
    question = _("Confirm for “{environment}”?").format(environment=environment)
    if request is None:
        return Confirmation(question, [])
    sentence = _("“{user}” wants to lower its protection: {changes}.")
    reason = [_("Reason: {reason}").format(reason=request.reason)] if request.reason else []
    steps = [
        sentence.format(user=request.requested_by, changes=request.in_words),
        *reason,
        str(_("Takes effect at once.")),
    ]
    return Confirmation(question, steps)


class EnvironmentAdmin(WithServiceForm):
    change_permission = EDIT
    form = EnvironmentForm
    empty_text = _("No environments yet. Lockstep tests the connection when you add one.")
    empty_links = ((_("Add an environment"), "environments_environment_add"),)
    list_display = ("shown_name", "shown_tier", "shown_address", "release", "shown_state", "last_contact")
    list_filter = ("tier", "enabled")
    search_fields = ("name", "slug", "url")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", *EDITABLE, "reason")}),
        (_("Sign-in"), {"fields": ("provider", "shown_offer", "username", "password")}),
    )
    announced = (*RowActionsAdmin.announced, SupersetError)
    row_actions: tuple[RowAction, ...] = (
        RowAction(
            "enable",
            _("Enable"),
            lambda user, row, _: _set_enabled(user, row, enabled=True),
            "toggle_on",
            fits=lambda row: not row.enabled,
        ),
        RowAction(
            "disable",
            _("Disable"),
            lambda user, row, _: _set_enabled(user, row, enabled=False),
            "toggle_off",
            fits=lambda row: row.enabled,
        ),
        RowAction(
            "confirm",
            _("Confirm"),
            lambda user, row, _: _confirm(user, row),
            "verified_user",
            "warning",
            fits=lambda row: pending(row) is not None,
            confirm=_confirmation,
        ),
        RowAction(
            "decline",
            _("Decline"),
            lambda user, row, _: _decline(user, row),
            "remove_moderator",
            fits=lambda row: pending(row) is not None,
        ),
        RowAction(
            "remove",
            _("Remove"),
            lambda user, row, _: _remove(user, row),
            "delete",
            "danger",
            confirm=lambda row: Confirmation(_("Remove “{environment}”?").format(environment=row), [str(REMOVED)]),
        ),
    )

    def verdicts(self, user: Any, row: Environment) -> dict[str, Verdict]:
        return allowed_actions(user, row) | protection.allowed_actions(user, row)

    def place_of(self, row: Environment) -> Environment:
        return row

    def get_fieldsets(self, request: HttpRequest, obj: Environment | None = None) -> Any:
        """No field for a password where the user may only view."""
        shown = super().get_fieldsets(request, obj)
        if obj is None:
            return _without(shown, "reason", "shown_offer")
        if self.has_change_permission(request, obj):
            return shown
        return _without(shown, "password", "reason")

    def response_change(self, request: HttpRequest, obj: Environment) -> HttpResponse:
        """A change that waits for confirmation was not made."""
        if obj.waiting is None:
            return super().response_change(request, obj)
        messages.warning(request, waiting_sentence(obj.waiting))
        return HttpResponseRedirect(address(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Environment | None = None) -> tuple[str, ...]:
        return ("name", "shown_offer") if obj else ()

    @display(description=_("Offered there"))
    def shown_offer(self, row: Environment) -> str:
        return row.offered_sign_in

    @display(description=_("Name"), ordering="name", header=True)
    def shown_name(self, row: Environment) -> list[str]:
        return [row.name, _("signs in as {account}").format(account=row.username or row.get_provider_display())]

    @display(description=_("Address"), ordering="url")
    def shown_address(self, row: Environment) -> str:
        return row.url

    @display(description=_("Tier"), ordering="tier", label=TIER_LABELS)
    def shown_tier(self, row: Environment) -> tuple[str, str]:
        return row.tier, _("{tier}, protected").format(tier=row.tier) if row.protected else row.tier

    @display(description=_("State"), label=STATE_LABELS)
    def shown_state(self, row: Environment) -> tuple[str, str]:
        return (row.state if row.state in STATE_LABELS else "error"), row.state


def _set_enabled(user: Any, environment: Environment, *, enabled: bool) -> Done:
    edits.set_enabled(actor=user, environment=environment, enabled=enabled)
    text = _("“{environment}” is now enabled.") if enabled else _("“{environment}” is now disabled.")
    return Done(text.format(environment=environment))


def _remove(user: Any, environment: Environment) -> Done:
    name = environment.name
    waiting = registration.remove_environment(actor=user, environment=environment)
    return Done(waiting_sentence(waiting)) if waiting else Done(_("Removed “{environment}”.").format(environment=name))


def _confirm(user: Any, environment: Environment) -> Done:
    request = confirm(actor=user, environment=environment)
    return Done(CONFIRMED.format(environment=request.environment_name, changes=request.in_words))


def _decline(user: Any, environment: Environment) -> Done:
    request = decline(actor=user, environment=environment)
    return Done(DECLINED.format(environment=environment, changes=request.in_words))


def _without(fieldsets: Any, *names: str) -> list[Any]:
    return [
        (title, {**options, "fields": [name for name in options["fields"] if name not in names]})
        for title, options in fieldsets
    ]
