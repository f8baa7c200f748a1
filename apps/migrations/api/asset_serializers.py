# [DEF:migrations.api.asset_serializers:Module]
# @COMPLEXITY: 2
# @PURPOSE: The assets of an environment over all others, as the API describes them.
# @RELATION DEPENDS_ON -> core.api.serializers
# @RELATION DEPENDS_ON -> catalogue.services.drift

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.catalogue.models import AssetKind, AssetStatus, PairedKind
from apps.catalogue.services.drift import State
from apps.core.api.serializers import VerdictSerializer, pair_of
from apps.environments.models import Tier
from apps.migrations.status import Status

MOST_ROWS = 1_000
MOST_SKIPPED = 2**31 - 1

STATES = [(each.value, each.name) for each in State]
STATUSES = [(each.value, each.name) for each in Status]


class MatrixQuerySerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=PairedKind.choices, default=PairedKind.DASHBOARD.value)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=MOST_ROWS)
    offset = serializers.IntegerField(min_value=0, max_value=MOST_SKIPPED, default=0)


class WritingSerializer(serializers.Serializer[Any]):
    """The run that holds the lock of an environment."""

    task = serializers.IntegerField(allow_null=True)
    migration = serializers.IntegerField(allow_null=True)
    actor = serializers.CharField(allow_null=True, help_text=_("user name"))
    since = serializers.DateTimeField()


class CatalogueBriefSerializer(serializers.Serializer[Any]):
    finished = serializers.DateTimeField(allow_null=True, help_text=_("end of the last complete sync"))
    counts = serializers.DictField(child=serializers.IntegerField(), help_text=_("number of assets by kind"))
    error = serializers.DictField(allow_null=True, help_text=_("{kind, sentence, at …} of the last sync, if it failed"))


class FreezeBriefSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField()
    ends = serializers.DateTimeField(allow_null=True)


class EnvironmentBriefSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    tier = serializers.ChoiceField(choices=Tier.choices)
    protected = serializers.BooleanField()
    enabled = serializers.BooleanField()
    state = serializers.CharField(help_text=_("`ok`, `disabled`, `not checked`, or the error of the last contact"))
    release = serializers.CharField()
    url = serializers.CharField()
    last_contact = serializers.DateTimeField(allow_null=True)
    catalogue = CatalogueBriefSerializer(allow_null=True, help_text=_("null if never synced"))
    writing = WritingSerializer(allow_null=True, help_text=_("null if nothing writes there"))
    freeze = FreezeBriefSerializer(allow_null=True, help_text=_("null if not frozen"))


class OtherEnvironmentSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    tier = serializers.ChoiceField(choices=Tier.choices)
    protected = serializers.BooleanField()


class StandingSerializer(serializers.Serializer[Any]):
    """How an asset stands in another environment, by the last syncs of both."""

    state = serializers.ChoiceField(choices=STATES, help_text=_("of the asset with all that it is made of"))
    differs = serializers.IntegerField(help_text=_("number of these assets that differ or are missing there"))
    uuid = serializers.CharField(allow_null=True, help_text=_("of the asset there; null if it is missing"))
    id = serializers.IntegerField(allow_null=True)
    url = serializers.CharField(allow_null=True, help_text=_("its page in Superset"))
    reason = serializers.CharField(help_text=_("why the state is unknown"))


class LastMigrationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    target = serializers.CharField(help_text=_("short name of the environment"))
    status = serializers.ChoiceField(choices=STATUSES)
    at = serializers.DateTimeField(help_text=_("when its latest run ended or began; without one, when it was made"))


class MatrixRowSerializer(serializers.Serializer[Any]):
    uuid = serializers.CharField()
    id = serializers.IntegerField(help_text=_("id in its Superset"))
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    name = serializers.CharField()
    slug = serializers.CharField()
    status = serializers.ChoiceField(choices=AssetStatus.choices, allow_blank=True, help_text=_("of a dashboard"))
    owners = serializers.ListField(child=serializers.CharField(), help_text=_("full names"))
    tags = serializers.ListField(child=serializers.CharField(), help_text=_("tags that people gave"))
    changed_on = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(allow_null=True, help_text=_("its page in Superset; null for connections"))
    elsewhere = serializers.DictField(child=StandingSerializer(), help_text=_("by short name of the environment"))
    last_migration = LastMigrationSerializer(allow_null=True, help_text=_("to or from this environment"))
    busy = WritingSerializer(allow_null=True, help_text=_("run that writes this asset now"))


class AssetActionsSerializer(serializers.Serializer[Any]):
    migrate = serializers.DictField(child=VerdictSerializer(), help_text=_("by short name of the target"))
    compare = serializers.DictField(child=VerdictSerializer(), help_text=_("by short name of the target"))
    sync = VerdictSerializer()


class MatrixSerializer(serializers.Serializer[Any]):
    environment = EnvironmentBriefSerializer()
    kind = serializers.ChoiceField(choices=PairedKind.choices)
    total = serializers.IntegerField(help_text=_("number of assets of this kind"))
    others = OtherEnvironmentSerializer(many=True, help_text=_("first the next one on the way to production"))
    rows = MatrixRowSerializer(many=True)
    allowed_actions = AssetActionsSerializer()


class AssetNodeSerializer(serializers.Serializer[Any]):
    uuid = serializers.CharField()
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    name = serializers.CharField(help_text=_("empty if the catalogue does not have it"))
    id = serializers.IntegerField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(
        choices=STATES, allow_null=True, help_text=_("of this asset alone, in the first other environment")
    )


@extend_schema_field({"type": "array", "items": pair_of("string")})
class EdgesField(serializers.JSONField):
    pass


class GraphSerializer(serializers.Serializer[Any]):
    nodes = AssetNodeSerializer(many=True)
    edges = EdgesField(help_text=_("[UUID of the user, UUID of what it uses]"))


class AssetUserSerializer(serializers.Serializer[Any]):
    uuid = serializers.CharField()
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    name = serializers.CharField()
    url = serializers.CharField(allow_null=True)
    via = serializers.ChoiceField(choices=AssetKind.choices, help_text=_("kind through which it uses the asset"))


class PlaceSerializer(StandingSerializer):
    environment = serializers.CharField(help_text=_("short name"))
    tier = serializers.ChoiceField(choices=Tier.choices)
    name = serializers.CharField(allow_null=True, help_text=_("of the asset there"))


class HistorySerializer(serializers.Serializer[Any]):
    migration = serializers.IntegerField()
    title = serializers.CharField()
    source = serializers.CharField(help_text=_("short name of the environment"))  # type: ignore[assignment]
    target = serializers.CharField(help_text=_("short name of the environment"))
    status = serializers.ChoiceField(choices=STATUSES)
    at = serializers.DateTimeField()
    action = serializers.CharField(help_text=_("what its latest plan does to the asset"))
    actor = serializers.CharField(help_text=_("who began the latest run; without one, the author"))


class AssetDetailSerializer(serializers.Serializer[Any]):
    asset = MatrixRowSerializer()
    environment = EnvironmentBriefSerializer()
    graph = GraphSerializer(help_text=_("what it is made of"))
    used_by = AssetUserSerializer(many=True)
    elsewhere = PlaceSerializer(many=True)
    history = HistorySerializer(many=True, help_text=_("migrations to and from this environment, newest first"))
    known = serializers.BooleanField(help_text=_("whether all its dependencies were read; if not, sync"))
    allowed_actions = AssetActionsSerializer()
