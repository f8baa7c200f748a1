# [DEF:plugins.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: The plugins that are installed, whether they work, and which may run.
# @RELATION INHERITS_FROM -> core.admin
"""The plugins that are installed, whether they work, and which may run."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from apps.core.admin import Deed, Done, RecordAdmin, display
from apps.plugins import services
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.registry import registry


def _set_enabled(user: Any, plugin: PluginRecord, *, enabled: bool) -> Done:
    services.set_enabled(actor=user, plugin=plugin, enabled=enabled)
    return Done(f"“{plugin}” is {'enabled' if enabled else 'disabled'} now.")


@admin.register(PluginRecord)
class PluginRecordAdmin(RecordAdmin):
    list_display = ("__str__", "slug", "version", "shown_state", "enabled")
    deeds = (
        Deed("enable", "Enable", lambda user, row, _: _set_enabled(user, row, enabled=True), "toggle_on",
             fits=lambda row: not row.enabled and row.state == PluginState.READY),
        Deed("disable", "Disable", lambda user, row, _: _set_enabled(user, row, enabled=False), "toggle_off",
             fits=lambda row: row.enabled),
    )  # fmt: skip

    @display(description="State", label={"ready": "success", "broken": "danger", "missing": "warning"})
    def shown_state(self, row: PluginRecord) -> str:
        return row.state

    def facts(self, row: PluginRecord) -> list[tuple[str, str]]:
        plugin = registry().plugins.get(row.slug)
        actions = [f"{action.title} ({row.slug}.{action.slug})" for action in plugin.actions] if plugin else []
        return [
            ("Name", row.title or row.slug),
            ("Version", row.version),
            ("State", row.get_state_display()),
            ("Reason", row.reason),
            ("May run", "yes" if row.enabled else "no, it is disabled"),
            ("Actions", ", ".join(actions)),
        ]
