# [DEF:plugins.api.operations:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the operations on plugins do, for the reader of the API.
# @RELATION DEPENDS_ON -> core.api.documented

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, page

ALLOWED = {"allowed": True, "reason": "", "who": []}
PLUGIN: dict[str, Any] = {
    "slug": "webhook",
    "title": "Webhook",
    "version": "1.0",
    "state": "ready",
    "reason": "",
    "enabled": True,
    "actions": [{"slug": "post", "title": "Post a message"}],
}
SCHEMA = {"type": "object", "properties": {"text": {"type": "string", "title": "Text"}}, "required": ["text"]}
DETAIL: dict[str, Any] = {
    **PLUGIN,
    "actions": [
        {
            "slug": "post",
            "title": "Post a message",
            "writes": False,
            "repeatable": False,
            "needs_environment": False,
            "needs": [],
            "time_limit": 60,
            "params_schema": SCHEMA,
            "run": ALLOWED,
        }
    ],
    "settings": {"url": "https://chat.example.com/hook", "token": True},
    "settings_schema": {"type": "object", "properties": {"url": {"type": "string", "title": "URL"}}},
    "allowed_actions": {
        "enable": {"allowed": False, "reason": "“Webhook” is already enabled.", "who": []},
        "disable": ALLOWED,
        "settings": ALLOWED,
    },
}

SECTIONS = (
    Section(
        "Plugins",
        _("Packages that add actions, with their settings."),
        {
            "GET /plugins": Operation("list_plugins", _("List plugins"), response=page(PLUGIN)),
            "GET /plugins/{slug}": Operation(
                "get_plugin", _("Get a plugin"), _("With its actions and settings."), response=DETAIL
            ),
            "POST /plugins/{slug}/enable": Operation(
                "enable_plugin", _("Enable a plugin"), _("Its actions can then be run."), response=DETAIL
            ),
            "POST /plugins/{slug}/disable": Operation(
                "disable_plugin",
                _("Disable a plugin"),
                _("None of its actions can be started. Running tasks go on."),
                response={**DETAIL, "enabled": False},
            ),
            "POST /plugins/{slug}/settings": Operation(
                "store_plugin_settings",
                _("Change the settings of a plugin"),
                _("Settings that are not sent keep their values; null restores the default. Secrets are write-only."),
                request={"url": "https://chat.example.com/hook"},
                response=DETAIL,
            ),
        },
    ),
)
