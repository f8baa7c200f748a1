# [DEF:plugins.services:Module]
# @COMPLEXITY: 3
# @PURPOSE: Records the installed plugins, enables and configures them, and finds actions that may run.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> contracts.belief

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.audit.services import record
from apps.contracts.belief import HIDDEN
from apps.core.concurrency import compare_and_set
from apps.core.crypto.encryption import Secret
from apps.core.errors import Damaged, LockstepError, NotThere
from apps.core.validation import sentence_of
from apps.plugins import messages
from apps.plugins.base import Action
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.params import json_schema, parse, secret_names
from apps.plugins.registry import registry
from apps.users.models import User
from apps.users.policies import require

EDIT = "plugins.edit"

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


def set_enabled(*, actor: User, plugin: PluginRecord, enabled: bool) -> bool:
    """False if nothing changed. A broken or missing plugin can only be disabled."""
    require(actor, EDIT)
    if enabled and plugin.state != PluginState.READY:
        facts = {"plugin": plugin, "state": plugin.state_in_words, "reason": plugin.reason}
        raise LockstepError(messages.CANNOT_ENABLE.format(**facts))
    with transaction.atomic():
        changed = compare_and_set(plugin, expected={"enabled": not enabled}, enabled=enabled)
        if changed:
            action = "plugin.enable" if enabled else "plugin.disable"
            record(actor=actor, action=action, target=plugin, after={"enabled": enabled})
    return changed


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
    if not _row(plugin).enabled:
        raise LockstepError(messages.NOT_ENABLED.format(plugin=plugin))
    settings_of(plugin)
    return found_action


def settings_of(slug: str) -> Any:
    """The settings of the plugin: an instance of its dataclass; None if it declares none.

    LockstepError if something is missing, or does not fit the installed version.
    """
    declared = _declared(slug)
    if declared is None:
        return None
    row = _row(slug)
    stored = row.settings | _secrets(row)
    try:
        return parse(declared, {name: stored[name] for name in stored if name in _names(declared)}, noun="setting")
    except ValidationError as error:
        raise LockstepError(messages.NOT_CONFIGURED.format(plugin=slug, reason=sentence_of(error))) from None


def store_settings(*, actor: User, plugin: PluginRecord, changes: Mapping[str, Any]) -> list[str]:
    """Set what is named, and leave the rest; None brings the default back. Returns the names of what is different now.

    ValidationError by the names if the result is invalid. Secrets are kept from the audit, too. Secrets that can no
    longer be read are dropped when one of them is set again; before that, Damaged.
    """
    require(actor, EDIT)
    declared = _declared(plugin.slug)
    if declared is None:
        raise NotThere(messages.NO_SETTINGS.format(plugin=plugin))
    with transaction.atomic():
        row = PluginRecord.objects.select_for_update().get(pk=plugin.pk)
        hidden = secret_names(declared)
        before = row.settings | (_readable_secrets(row) if hidden & changes.keys() else _secrets(row))
        known = {*changes, *_names(declared)}  # settings of an older version are dropped
        after = {name: value for name, value in (before | changes).items() if value is not None and name in known}
        parse(declared, after, noun="setting")
        different = sorted(name for name in changes if before.get(name) != after.get(name))
        row.settings = {name: value for name, value in after.items() if name not in hidden}
        secrets = {name: value for name, value in after.items() if name in hidden}
        row.secrets = Secret.of(json.dumps(secrets)) if secrets else None  # type: ignore[assignment]
        row.save(update_fields=["settings", "secrets"])
        if different:
            old, new = ({name: _safe(name, values, hidden) for name in different} for values in (before, after))
            record(actor=actor, action="plugin.settings", target=row, before=old, after=new)
    plugin.settings, plugin.secrets = row.settings, row.secrets
    return different


def shown_settings(plugin: PluginRecord) -> dict[str, Any]:
    """The values or else the defaults, by name. For a secret: whether it is set and can be read."""
    declared = _declared(plugin.slug)
    if declared is None:
        return {}
    properties = json_schema(declared)["properties"]
    readable = _readable_secrets(plugin)
    secrets = {name: name in readable for name in secret_names(declared)}
    return {name: plugin.settings.get(name, schema.get("default")) for name, schema in properties.items()} | secrets


def _found() -> dict[str, dict[str, str]]:
    """What is stored of each installed plugin, by its slug."""
    known = registry()
    whole = {
        slug: {"title": each.title, "version": each.version, "state": PluginState.READY, "reason": known.reason(slug)}
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


def _row(slug: str) -> PluginRecord:
    return PluginRecord.objects.filter(slug=slug).first() or get_plugin(slug)


def _declared(slug: str) -> type[Any] | None:
    found = registry().plugins.get(slug)
    return found.settings if found else None


def _names(declared: type[Any]) -> set[str]:
    return {field.name for field in fields(declared)}


def _secrets(row: PluginRecord) -> dict[str, str]:
    stored: Secret | None = row.secrets
    found: dict[str, str] = json.loads(stored.reveal()) if stored is not None else {}
    return found


def _readable_secrets(row: PluginRecord) -> dict[str, str]:
    """None if the key that they were stored with is gone."""
    try:
        return _secrets(row)
    except Damaged:
        return {}


def _safe(name: str, values: Mapping[str, Any], hidden: Collection[str]) -> Any:
    return HIDDEN if name in hidden and name in values else values.get(name)
