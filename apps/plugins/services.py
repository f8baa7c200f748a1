# [DEF:plugins.services:Module]
# @COMPLEXITY: 3
# @PURPOSE: Enables and disables plugins, and stores their settings.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.concurrency
# @RELATION DEPENDS_ON -> audit.services
# @RELATION DEPENDS_ON -> contracts.belief

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction

from apps.audit.services import record
from apps.contracts.belief import HIDDEN
from apps.core.concurrency import compare_and_set
from apps.core.crypto.encryption import Secret
from apps.core.errors import Damaged, LockstepError, NotThere
from apps.plugins import messages
from apps.plugins.installation import declared_settings, setting_names, stored_secrets
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.params import json_schema, parse, secret_names
from apps.plugins.policies import EDIT
from apps.users.models import User
from apps.users.policies import require


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


def store_settings(*, actor: User, plugin: PluginRecord, changes: Mapping[str, Any]) -> list[str]:
    """Set what is named, and leave the rest; None brings the default back. Returns the names of what is different now.

    ValidationError by the names if the result is invalid. Secrets are kept from the audit, too. Secrets that can no
    longer be read are dropped when one of them is set again; before that, Damaged.
    """
    require(actor, EDIT)
    declared = declared_settings(plugin.slug)
    if declared is None:
        raise NotThere(messages.NO_SETTINGS.format(plugin=plugin))
    with transaction.atomic():
        row = PluginRecord.objects.select_for_update().get(pk=plugin.pk)
        hidden = secret_names(declared)
        before = row.settings | (_readable_secrets(row) if hidden & changes.keys() else stored_secrets(row))
        known = {*changes, *setting_names(declared)}  # settings of an older version are dropped
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
    declared = declared_settings(plugin.slug)
    if declared is None:
        return {}
    properties = json_schema(declared)["properties"]
    readable = _readable_secrets(plugin)
    secrets = {name: name in readable for name in secret_names(declared)}
    return {name: plugin.settings.get(name, schema.get("default")) for name, schema in properties.items()} | secrets


def _readable_secrets(row: PluginRecord) -> dict[str, str]:
    """None if the key that they were stored with is gone."""
    try:
        return stored_secrets(row)
    except Damaged:
        return {}


def _safe(name: str, values: Mapping[str, Any], hidden: Collection[str]) -> Any:
    return HIDDEN if name in hidden and name in values else values.get(name)
