# [DEF:overview.api.serializers:Module]
# @COMPLEXITY: 2
# @PURPOSE: The shapes of the activity, of search results, and of the rows of environments.
# @RELATION DEPENDS_ON -> environments.api.serializers
# @RELATION DEPENDS_ON -> migrations.api.asset_serializers
# @RELATION DEPENDS_ON -> tasks.api.serializers

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.catalogue.models import AssetKind
from apps.core.api.serializers import VerdictSerializer
from apps.environments.api.serializers import EnvironmentSerializer, ProtectionRequestSerializer
from apps.environments.models import Environment
from apps.environments.protection import pending
from apps.migrations.api.asset_serializers import (
    CatalogueBriefSerializer,
    EnvironmentBriefSerializer,
    FreezeBriefSerializer,
    WritingSerializer,
)
from apps.tasks.api.health import HealthSerializer
from apps.tasks.api.serializers import TaskSerializer

TYPES = (*AssetKind.values, "migration", "task", "environment")


class ActivitySerializer(serializers.Serializer[Any]):
    running = serializers.IntegerField(help_text=_("tasks that run"))
    queued = serializers.IntegerField(help_text=_("tasks that wait for a worker"))
    waiting = serializers.IntegerField(help_text=_("tasks with a question that you may answer"))
    decisions = serializers.IntegerField(help_text=_("migrations that wait for your decision"))
    tasks = TaskSerializer(many=True, help_text=_("those that have not ended, then those that ended in the last hour"))
    environments = EnvironmentBriefSerializer(many=True)
    health = HealthSerializer()


class SearchQuerySerializer(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=200, help_text=_("words of a name, a number, a UUID or a short name"))


class SearchResultSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=TYPES)
    title = serializers.CharField()
    hint = serializers.CharField(help_text=_("what tells it from others of this name"))
    environment = serializers.CharField(allow_null=True, help_text=_("short name of the environment"))
    id = serializers.CharField(help_text=_("UUID of an asset, number or short name of anything else"))


class SearchSerializer(serializers.Serializer[Any]):
    results = SearchResultSerializer(many=True)


class EnvironmentRowSerializer(EnvironmentSerializer):
    catalogue = CatalogueBriefSerializer(allow_null=True, help_text=_("null if never synced"))
    writing = WritingSerializer(allow_null=True, help_text=_("null if nothing writes there"))
    freeze = FreezeBriefSerializer(allow_null=True, help_text=_("null if not frozen"))
    allowed_actions = serializers.DictField(
        child=VerdictSerializer(), help_text=_("action → whether it is allowed now")
    )

    class Meta(EnvironmentSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *EnvironmentSerializer.Meta.fields,
            *("catalogue", "writing", "freeze", "allowed_actions"),
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class EnvironmentDetailSerializer(EnvironmentRowSerializer):
    """Needs the request in the context."""

    protection_request = serializers.SerializerMethodField(help_text=_("null if no request is pending"))

    class Meta(EnvironmentRowSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = ("id", *EnvironmentRowSerializer.Meta.fields, "protection_request")
        read_only_fields: ClassVar[tuple[str, ...]] = fields

    @extend_schema_field(ProtectionRequestSerializer(allow_null=True))
    def get_protection_request(self, environment: Environment) -> dict[str, Any] | None:
        request = pending(environment)
        return dict(ProtectionRequestSerializer(request, context=self.context).data) if request else None
