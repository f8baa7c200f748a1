# [DEF:plugins.services:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which plugins are known, and whether one may run.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.rows
# @RELATION DEPENDS_ON -> audit.services
"""Which plugins are known, and whether one may run."""

from __future__ import annotations

from django.db import transaction

from apps.audit.services import record
from apps.core.errors import LockstepError, NotThere
from apps.core.rows import compare_and_set
from apps.plugins.base import Action
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.registry import registry
from apps.users.models import User


def refresh_records() -> list[PluginRecord]:
    """Store what is installed: new plugins, new versions, broken and missing ones."""
    known = registry()
    for slug, plugin in known.plugins.items():
        _store(slug, title=plugin.title, version=plugin.version, state=PluginState.READY, reason="")
    for broken in known.broken:
        if broken.slug not in known.plugins:
            _store(broken.slug, state=PluginState.BROKEN, reason=broken.reason)
    found = {*known.plugins, *(broken.slug for broken in known.broken)}
    PluginRecord.objects.exclude(slug__in=found).update(state=PluginState.MISSING, reason="")
    return list(PluginRecord.objects.all())


def set_enabled(*, actor: User, plugin: PluginRecord, enabled: bool) -> bool:
    """False if it was so already."""
    with transaction.atomic():
        changed = compare_and_set(plugin, expected={"enabled": not enabled}, enabled=enabled)
        if changed:
            action = "plugin.enable" if enabled else "plugin.disable"
            record(actor=actor, action=action, target=plugin, after={"enabled": enabled})
    return changed


def runnable_action(plugin: str, action: str) -> Action:
    """The action, if its plugin is installed, whole and enabled; else says what is in the way."""
    known = registry()
    if plugin not in known.plugins:
        reason = next((f" {broken.reason}" for broken in known.broken if broken.slug == plugin), "")
        names = ", ".join(sorted(known.plugins)) or "none"
        raise NotThere(f"There is no usable plugin “{plugin}”: installed are {names}.{reason}")
    found = known.action(plugin, action)
    if found is None:
        names = ", ".join(each.slug for each in known.plugins[plugin].actions)
        raise NotThere(f"The plugin “{plugin}” has no action “{action}”: it has {names}.")
    if not _record_of(plugin).enabled:
        raise LockstepError(f"The plugin “{plugin}” is not enabled: enable it first.")
    return found


def _record_of(slug: str) -> PluginRecord:
    found = PluginRecord.objects.filter(slug=slug).first()
    if found is None:
        refresh_records()
        found = PluginRecord.objects.get(slug=slug)
    return found


def _store(slug: str, **fields: str) -> None:
    PluginRecord.objects.update_or_create(
        slug=slug, defaults=fields, create_defaults={**fields, "enabled": slug in registry().shipped}
    )
