# [DEF:catalogue.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Catalogue rows, mappings and pairings as the API shows and takes them.
# @RELATION DEPENDS_ON -> core.api.serializers
# @RELATION DEPENDS_ON -> superset.planning.mapping

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.catalogue.models import AssetPairing, AssetStatus, CatalogueAsset, DatabaseMapping, PairedKind
from apps.catalogue.policies import actions_on_mapping, actions_on_pairing, allowed_actions
from apps.core.api.serializers import AllowedActions, StoredError
from apps.core.api.strict import StrictSerializer
from apps.core.errors import worded
from apps.superset.planning.mapping import Suggestion

MOST_PAIRS = 1_000
"""Most that one request can store."""


class AssetSerializer(serializers.ModelSerializer[CatalogueAsset]):
    id = serializers.IntegerField(source="asset_id", help_text=_("id in its Superset"))
    status = serializers.ChoiceField(choices=AssetStatus.choices, allow_blank=True, help_text=_("of a dashboard"))
    owners = serializers.ListField(child=serializers.CharField(), help_text=_("full names"))
    tags = serializers.ListField(child=serializers.CharField(), help_text=_("tags that people gave"))

    class Meta:
        model = CatalogueAsset
        fields: ClassVar[tuple[str, ...]] = (
            *("kind", "uuid", "id", "name", "slug", "status", "owners", "tags", "database_uuid", "backend"),
            *("changed_on", "content_hash", "hashed_at", "seen_at"),
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class CatalogueSerializer(serializers.Serializer[Any]):
    """Age and size of the catalogue of an environment."""

    started = serializers.DateTimeField(allow_null=True, help_text=_("start of the last sync; null if never synced"))
    finished = serializers.DateTimeField(allow_null=True, help_text=_("end of the last complete sync"))
    error = StoredError(allow_null=True, help_text=_("{kind, sentence, at …} of the last sync, if it failed"))
    counts = serializers.DictField(child=serializers.IntegerField(), help_text=_("number of assets by kind"))
    allowed_actions = AllowedActions(allowed_actions, source="environment")


class SyncSerializer(StrictSerializer):
    everything = serializers.BooleanField(
        default=False, help_text=_("read every list and recompute every content hash, not only what is new")
    )


class MappingSerializer(serializers.ModelSerializer[DatabaseMapping]):
    source = serializers.CharField(source="source.slug", help_text=_("short name of the environment"))  # type: ignore[assignment]
    target = serializers.CharField(source="target.slug", help_text=_("short name of the environment"))
    confirmed_by = serializers.CharField(source="confirmed_by.username")
    allowed_actions = AllowedActions(actions_on_mapping)

    class Meta:
        model = DatabaseMapping
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "source", "target", "source_uuid", "source_name", "target_uuid", "target_name"),
            *("confirmed_by", "confirmed_at", "allowed_actions"),
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class ChangeMappingSerializer(StrictSerializer):
    target_uuid = serializers.UUIDField(help_text=_("database of the target"))


class PairingSerializer(serializers.ModelSerializer[AssetPairing]):
    source = serializers.CharField(source="source.slug", help_text=_("short name of the environment"))  # type: ignore[assignment]
    target = serializers.CharField(source="target.slug", help_text=_("short name of the environment"))
    confirmed_by = serializers.CharField(source="confirmed_by.username")
    allowed_actions = AllowedActions(actions_on_pairing)

    class Meta:
        model = AssetPairing
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "source", "target", "kind", "source_uuid", "source_name", "target_uuid", "target_name"),
            *("reason", "confirmed_by", "confirmed_at", "allowed_actions"),
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class PairSerializer(StrictSerializer):
    """Two assets that both catalogues know."""

    source_uuid = serializers.UUIDField()
    target_uuid = serializers.UUIDField()


class BetweenSerializer(StrictSerializer):
    source = serializers.CharField(help_text=_("short name of an environment"))  # type: ignore[assignment]
    target = serializers.CharField(help_text=_("short name of an environment"))


class SetMappingsSerializer(BetweenSerializer):
    pairs = serializers.ListField(child=PairSerializer(), min_length=1, max_length=MOST_PAIRS)


class SetPairingsSerializer(SetMappingsSerializer):
    kind = serializers.ChoiceField(choices=PairedKind.choices)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class DatabaseSerializer(serializers.Serializer[Any]):
    uuid = serializers.CharField()
    name = serializers.CharField()
    backend = serializers.CharField(help_text=_("engine, such as `postgresql`"))


class WordedField(serializers.CharField):
    """A message of the engine, in the language at work."""

    def to_representation(self, value: Any) -> str:
        return worded(value)


class CandidateSerializer(serializers.Serializer[Any]):
    target = DatabaseSerializer()
    score = serializers.IntegerField(help_text=_("similarity, 0 to 100"))
    reason = WordedField()


class SuggestionSerializer(serializers.Serializer[Any]):
    """Suggested mapping of a source database. `target` is null if none is similar, or several are equally so."""

    source = DatabaseSerializer()  # type: ignore[assignment]
    target = DatabaseSerializer(allow_null=True)
    score = serializers.IntegerField()
    reason = WordedField()
    candidates = CandidateSerializer(many=True, help_text=_("databases of the same engine, best first"))
    confirmed = serializers.SerializerMethodField(help_text=_("UUID of the target database that it is mapped to"))

    def get_confirmed(self, suggestion: Suggestion) -> str | None:
        confirmed: dict[str, str] = self.context["confirmed"]
        return confirmed.get(suggestion.source.uuid)
