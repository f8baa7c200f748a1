# [DEF:plugins.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Plugins in the admin: their state, enabling and settings.
# @RELATION INHERITS_FROM -> core.admin
"""`apps.tasks.admin_pages.plugins` adds the forms that run actions, and registers the page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Done, RecordAdmin, RowAction, Text, address, display
from apps.core.errors import LockstepError
from apps.core.policies import Verdict
from apps.plugins import installation, services
from apps.plugins import messages as texts
from apps.plugins.base import Plugin
from apps.plugins.forms import SettingsForm
from apps.plugins.models import PluginRecord
from apps.plugins.params import json_schema, secret_names
from apps.plugins.policies import allowed_actions
from apps.plugins.registry import registry


def _set_enabled(user: Any, plugin: PluginRecord, *, enabled: bool) -> Done:
    services.set_enabled(actor=user, plugin=plugin, enabled=enabled)
    return Done((texts.ENABLED if enabled else texts.DISABLED).format(plugin=plugin))


class PluginRecordAdmin(RecordAdmin):
    list_display = ("__str__", "slug", "version", "shown_state", "enabled")
    show_template = "admin/plugins/plugin.html"
    row_actions = (
        RowAction(
            "enable",
            _("Enable"),
            lambda user, row, _fields: _set_enabled(user, row, enabled=True),
            "toggle_on",
            fits=lambda row: not row.enabled,
        ),
        RowAction(
            "disable",
            _("Disable"),
            lambda user, row, _fields: _set_enabled(user, row, enabled=False),
            "toggle_off",
            fits=lambda row: row.enabled,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.settings_view)
        return [path("<int:object_id>/settings/", view, name="plugins_pluginrecord_settings"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PluginRecord]:
        installation.refresh_records()
        rows: QuerySet[PluginRecord] = super().get_queryset(request)
        return rows

    def verdicts(self, user: Any, row: PluginRecord) -> dict[str, Verdict]:
        return allowed_actions(user, row)

    def shown(self, request: HttpRequest, row: PluginRecord) -> dict[str, Any]:
        found = registry().plugins.get(row.slug)
        return {
            "facts": self.facts(row),
            "settings": _settings(row, found) if found and found.settings else [],
            "settings_url": address(row, "settings"),
            "unset": _unset(row),
        }

    def facts(self, row: PluginRecord) -> list[tuple[Text, str]]:
        return [
            (_("Name"), row.title or row.slug),
            (_("Short name"), row.slug),
            (_("Version"), row.version),
            (_("State"), row.get_state_display()),
            (_("Reason"), row.reason),
            (_("Enabled"), str(_("yes") if row.enabled else _("no"))),
        ]

    def settings_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        row = self.get_object(request, str(object_id))
        found = registry().plugins.get(row.slug) if row else None
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))
        if found is None or found.settings is None:
            messages.error(request, texts.NO_SETTINGS.format(plugin=row))
            return HttpResponseRedirect(address(row))
        given = request.POST if request.method == "POST" else None
        form = SettingsForm(found.settings, given, initial=services.shown_settings(row))
        if form.is_valid() and self._store(request, row, form):
            return HttpResponseRedirect(address(row))
        context = {"original": row, "forms": [form], "submit": _("Save"), "icon": "save", "back": address(row)}
        return self.page(request, "admin/form.html", texts.SETTINGS_OF.format(plugin=row), context)

    def _store(self, request: HttpRequest, row: PluginRecord, form: SettingsForm) -> bool:
        try:
            different = services.store_settings(actor=request.user, plugin=row, changes=form.given)  # type: ignore[arg-type]
        except ValidationError as error:
            form.add_error(None, error)
            return False
        except LockstepError as refused:
            form.add_error(None, str(refused))
            return False
        changed = texts.CHANGED.format(names=", ".join(different))
        messages.success(request, changed if different else str(texts.UNCHANGED))
        return True

    @display(description=_("State"), label={"ready": "success", "broken": "danger", "missing": "warning"})
    def shown_state(self, row: PluginRecord) -> str:
        return row.state


def _settings(row: PluginRecord, plugin: Plugin) -> list[tuple[str, Any]]:
    assert plugin.settings
    properties, hidden = json_schema(plugin.settings)["properties"], secret_names(plugin.settings)
    return [
        (properties[name].get("title") or name, str(_("set") if value else _("not set")) if name in hidden else value)
        for name, value in services.shown_settings(row).items()
    ]


def _unset(row: PluginRecord) -> str:
    """What is wrong with its settings."""
    try:
        installation.settings_of(row.slug)
    except LockstepError as error:
        return str(error)
    return ""
