# [DEF:plugins.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Plugins, their actions and settings in the API.
# @RELATION DEPENDS_ON -> core.api.serializers

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from rest_framework import serializers

from apps.core.api.serializers import AllowedActions, VerdictSerializer
from apps.plugins.models import PluginRecord
from apps.plugins.params import json_schema
from apps.plugins.policies import allowed_actions, may_run
from apps.plugins.registry import registry
from apps.plugins.services import shown_settings

FACTS = ("slug", "title", "version", "state", "reason", "enabled")


class ActionNameSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = serializers.CharField()


class PluginSerializer(serializers.ModelSerializer[PluginRecord]):
    reason = serializers.CharField(help_text="why it is broken or missing")
    actions = ActionNameSerializer(many=True)

    class Meta:
        model = PluginRecord
        fields: ClassVar[tuple[str, ...]] = (*FACTS, "actions")
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class ActionSerializer(ActionNameSerializer):
    writes = serializers.BooleanField(help_text="it writes to its environment: one such action runs there at a time")
    repeatable = serializers.BooleanField(help_text="it is run again if its process dies")
    needs_environment = serializers.BooleanField()
    needs = serializers.ListField(
        child=serializers.CharField(), help_text="what a worker has to offer to run it; empty for any worker"
    )
    time_limit = serializers.FloatField(help_text="seconds")
    params_schema = serializers.DictField(help_text="JSON schema of `params`")
    run = VerdictSerializer(help_text="may it be run now?")


class PluginDetailSerializer(PluginSerializer):
    actions = serializers.SerializerMethodField()  # type: ignore[assignment]
    settings = serializers.SerializerMethodField(help_text="values by name; for a secret, whether it is set")
    settings_schema = serializers.SerializerMethodField(help_text="JSON schema of the settings; null if there are none")
    allowed_actions = AllowedActions(allowed_actions)

    class Meta(PluginSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*FACTS, "actions", "settings", "settings_schema", "allowed_actions")
        read_only_fields: ClassVar[tuple[str, ...]] = fields

    def get_actions(self, plugin: PluginRecord) -> ActionSerializer(many=True):  # type: ignore[valid-type]
        found = registry().plugins.get(plugin.slug)
        verdicts = may_run(self.context["request"].user, plugin)
        return [
            {
                "slug": action.slug,
                "title": str(action.title),
                "writes": action.writes,
                "repeatable": action.repeatable,
                "needs_environment": action.writes or action.needs_environment,
                "needs": sorted(action.needs),
                "time_limit": action.time_limit,
                "params_schema": json_schema(action.params),
                "run": asdict(verdicts[action.slug]),
            }
            for action in (found.actions if found else ())
        ]

    def get_settings(self, plugin: PluginRecord) -> dict[str, Any]:
        return shown_settings(plugin)

    def get_settings_schema(self, plugin: PluginRecord) -> dict[str, Any] | None:
        found = registry().plugins.get(plugin.slug)
        return json_schema(found.settings) if found and found.settings else None
