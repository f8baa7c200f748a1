# [DEF:plugins.installation:Module]
# @COMPLEXITY: 3
# @PURPOSE: What is installed: its records, its settings, and the actions that may run.
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from django.core.exceptions import ValidationError

from apps.core.crypto.encryption import Secret
from apps.core.errors import LockstepError, NotThere
from apps.core.validation import sentence_of
from apps.plugins import messages
from apps.plugins.base import Action
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.params import parse
from apps.plugins.registry import registry

STORED = ("title", "version", "state", "reason")


def refresh_records() -> list[PluginRecord]:
    """Record what is installed: new plugins, new versions, broken and missing ones. Returns all, by their slugs.

    Costs one query where nothing has changed since the last time.
    """
    rows = {row.slug: row for row in PluginRecord.objects.all()}
    found = _found()
    shipped = registry().shipped
    new = [PluginRecord(slug=slug, enabled=slug in shipped, **found[slug]) for slug in found if slug not in rows]
    changed = [row for row in rows.values() if _updated(row, found.get(row.slug) or _missing(row))]
    if changed:
        PluginRecord.objects.bulk_update(changed, STORED)
    if new:
        PluginRecord.objects.bulk_create(new, ignore_conflicts=True)
        return list(PluginRecord.objects.all())
    return list(rows.values())


def get_plugin(slug: str) -> PluginRecord:
    rows = {row.slug: row for row in refresh_records()}
    if slug not in rows:
        raise NotThere(messages.NO_PLUGIN.format(slug=slug, known=", ".join(rows)))
    return rows[slug]


def runnable_action(plugin: str, action: str) -> Action:
    """The action, if its plugin is installed, usable, enabled and configured; a LockstepError otherwise."""
    known = registry()
    if plugin not in known.plugins:
        names = ", ".join(sorted(known.plugins)) or messages.NONE
        sentence = messages.NO_USABLE_PLUGIN.format(slug=plugin, installed=names)
        raise NotThere(f"{sentence} {known.reason(plugin)}".rstrip())
    found_action = known.action(plugin, action)
    if found_action is None:
        names = ", ".join(each.slug for each in known.plugins[plugin].actions)
        raise NotThere(messages.NO_ACTION.format(plugin=plugin, action=action, actions=names))
    if not row_of(plugin).enabled:
        raise LockstepError(messages.NOT_ENABLED.format(plugin=plugin))
    settings_of(plugin)
    return found_action


def settings_of(slug: str) -> Any:
    """The settings of the plugin: an instance of its dataclass; None if it declares none.

    LockstepError if something is missing, or does not fit the installed version.
    """
    declared = declared_settings(slug)
    if declared is None:
        return None
    row = row_of(slug)
    stored = row.settings | stored_secrets(row)
    try:
        return parse(
            declared, {name: stored[name] for name in stored if name in setting_names(declared)}, noun="setting"
        )
    except ValidationError as error:
        raise LockstepError(messages.NOT_CONFIGURED.format(plugin=slug, reason=sentence_of(error))) from None


def _found() -> dict[str, dict[str, str]]:
    """What is stored of each installed plugin, by its slug."""
    known = registry()
    whole = {
        slug: {
            "title": str(each.title),  # in the language of this installation: it is shown when the plugin is gone
            "version": each.version,
            "state": PluginState.READY,
            "reason": known.reason(slug),
        }
        for slug, each in known.plugins.items()
    }
    return {each.slug: {"state": PluginState.BROKEN, "reason": each.reason} for each in known.broken} | whole


def _missing(row: PluginRecord) -> dict[str, str]:
    template = messages.UNINSTALLED_VERSION if row.version else messages.UNINSTALLED
    return {"state": PluginState.MISSING, "reason": template.format(version=row.version)}


def _updated(row: PluginRecord, facts: Mapping[str, str]) -> bool:
    different = {name: value for name, value in facts.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)


def row_of(slug: str) -> PluginRecord:
    return PluginRecord.objects.filter(slug=slug).first() or get_plugin(slug)


def declared_settings(slug: str) -> type[Any] | None:
    found = registry().plugins.get(slug)
    return found.settings if found else None


def setting_names(declared: type[Any]) -> set[str]:
    return {field.name for field in fields(declared)}


def stored_secrets(row: PluginRecord) -> dict[str, str]:
    stored: Secret | None = row.secrets
    found: dict[str, str] = json.loads(stored.reveal()) if stored is not None else {}
    return found
