# [DEF:audit.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: The admin pages of the audit, read-only.
# @RELATION INHERITS_FROM -> core.admin

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.audit import messages
from apps.audit.models import AuditEntry
from apps.core.admin import RecordAdmin, display


@admin.register(AuditEntry)
class AuditEntryAdmin(RecordAdmin):
    view_permission = "audit.view"
    list_display = ("shown_at", "actor", "action", "object_name", "object_type", "source")
    list_display_links = ("shown_at", "action")
    list_filter = ("source", "object_type")
    search_fields = ("action", "object_name", "actor__username", "address", "request_id")
    list_select_related = ("actor",)
    show_template = "admin/audit/entry.html"
    has_history = False
    empty_text = messages.NO_ENTRIES

    @display(description=_("At (UTC)"), ordering="at")
    def shown_at(self, row: AuditEntry) -> str:
        return f"{row.at:%Y-%m-%d %H:%M:%S}"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "object_id" or super().lookup_allowed(lookup, value, request)

    def shown(self, request: HttpRequest, row: AuditEntry) -> dict[str, Any]:
        facts = [
            (_("When"), f"{row.at:%Y-%m-%d %H:%M:%S} UTC"),
            (_("Who"), _who(row)),
            (
                _("Through"),
                _("{source} from {address}").format(source=row.source, address=row.address)
                if row.address
                else row.source,
            ),
            (_("Action"), row.action),
            (_("Object"), _object(row)),
            (_("Request"), row.request_id),
            (_("Place in the chain"), "" if row.number is None else str(row.number)),
        ]
        return {"facts": facts, "changes": _changes(row)}


def _who(row: AuditEntry) -> str:
    who = str(row.actor or "-")
    return _("{who}, as {os_user} on the server").format(who=who, os_user=row.os_user) if row.os_user else who


def _through(row: AuditEntry) -> str:
    text = _("{source} from {address}") if row.address else "{source}"
    return text.format(source=row.source, address=row.address)


def _object(row: AuditEntry) -> str:
    """With a link to its page, if its kind has one. The page of a removed object says so."""
    name = f"{row.object_name} ({row.object_type} {row.object_id})"
    try:
        url = reverse(f"admin:{row.object_type.replace('.', '_')}_change", args=[row.object_id])
    except NoReverseMatch:
        return name
    return format_html('<a href="{}">{}</a>', url, name)


def _changes(row: AuditEntry) -> list[tuple[str, str, str]]:
    """Field, value before, value after."""
    before, after = row.before or {}, row.after or {}
    return [(name, _text(before.get(name)), _text(after.get(name))) for name in sorted({*before, *after})]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
