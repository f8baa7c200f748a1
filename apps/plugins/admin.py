# [DEF:plugins.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: The plugins that are installed: whether they work, which may run, and what is set.
# @RELATION INHERITS_FROM -> core.admin
"""The plugins that are installed: whether they work, which may run, and what is set. `apps.tasks.plugin_admin` adds how
their actions are run, and registers the page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from apps.core.admin import Done, RecordAdmin, RowAction, address, display
from apps.core.errors import LockstepError
from apps.core.policies import Verdict
from apps.plugins import services
from apps.plugins.base import Plugin
from apps.plugins.forms import SettingsForm
from apps.plugins.models import PluginRecord
from apps.plugins.params import json_schema, secret_names
from apps.plugins.policies import allowed_actions
from apps.plugins.registry import registry


def _set_enabled(user: Any, plugin: PluginRecord, *, enabled: bool) -> Done:
    services.set_enabled(actor=user, plugin=plugin, enabled=enabled)
    return Done(f"“{plugin}” is {'enabled' if enabled else 'disabled'} now.")


class PluginRecordAdmin(RecordAdmin):
    list_display = ("__str__", "slug", "version", "shown_state", "enabled")
    show_template = "admin/plugins/plugin.html"
    row_actions = (
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
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.settings_view)
        return [path("<int:object_id>/settings/", view, name="plugins_pluginrecord_settings"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PluginRecord]:
        services.refresh_records()
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

    def facts(self, row: PluginRecord) -> list[tuple[str, str]]:
        return [
            ("Name", row.title or row.slug),
            ("Short name", row.slug),
            ("Version", row.version),
            ("State", row.get_state_display()),
            ("Reason", row.reason),
            ("May run", "yes" if row.enabled else "no, it is disabled"),
        ]

    def settings_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        row = self.get_object(request, str(object_id))
        found = registry().plugins.get(row.slug) if row else None
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_id))
        if found is None or found.settings is None:
            messages.error(request, f"“{row}” has nothing that could be set.")
            return HttpResponseRedirect(address(row))
        given = request.POST if request.method == "POST" else None
        form = SettingsForm(found.settings, given, initial=services.shown_settings(row))
        if form.is_valid() and self._store(request, row, form):
            return HttpResponseRedirect(address(row))
        context = {"original": row, "forms": [form], "submit": "Save", "icon": "save", "back": address(row)}
        return self.page(request, "admin/form.html", f"Settings of {row}", context)

    def _store(self, request: HttpRequest, row: PluginRecord, form: SettingsForm) -> bool:
        try:
            different = services.store_settings(actor=request.user, plugin=row, changes=form.given)  # type: ignore[arg-type]
        except ValidationError as error:
            form.add_error(None, error)
            return False
        except LockstepError as refused:
            form.add_error(None, str(refused))
            return False
        messages.success(request, f"Changed: {', '.join(different)}." if different else "Nothing to change.")
        return True

    @display(description="State", label={"ready": "success", "broken": "danger", "missing": "warning"})
    def shown_state(self, row: PluginRecord) -> str:
        return row.state


def _settings(row: PluginRecord, plugin: Plugin) -> list[tuple[str, Any]]:
    assert plugin.settings
    properties, hidden = json_schema(plugin.settings)["properties"], secret_names(plugin.settings)
    return [
        (properties[name].get("title") or name, ("set" if value else "not set") if name in hidden else value)
        for name, value in services.shown_settings(row).items()
    ]


def _unset(row: PluginRecord) -> str:
    """What keeps it from running as it is set."""
    try:
        services.settings_of(row.slug)
    except LockstepError as error:
        return str(error)
    return ""
