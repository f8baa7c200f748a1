# [DEF:catalogue.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Catalogue rows, mappings and pairings as the API shows and takes them.
# @RELATION DEPENDS_ON -> core.api.serializers
# @RELATION DEPENDS_ON -> superset.planning.mapping

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from apps.catalogue.models import AssetPairing, AssetStatus, CatalogueAsset, DatabaseMapping, PairedKind
from apps.catalogue.policies import actions_on_pair, allowed_actions
from apps.core.api.serializers import AllowedActions
from apps.superset.planning.mapping import Suggestion

MOST_PAIRS = 1_000
"""So many can be stored by one request."""


class AssetSerializer(serializers.ModelSerializer[CatalogueAsset]):
    id = serializers.IntegerField(source="asset_id", help_text="the number it has in its Superset")
    status = serializers.ChoiceField(choices=AssetStatus.choices, allow_blank=True, help_text="of a dashboard")
    owners = serializers.ListField(child=serializers.CharField(), help_text="full names")
    tags = serializers.ListField(child=serializers.CharField(), help_text="those that people gave")

    class Meta:
        model = CatalogueAsset
        fields: ClassVar[tuple[str, ...]] = (
            *("kind", "uuid", "id", "name", "slug", "status", "owners", "tags", "database_uuid", "backend"),
            *("changed_on", "content_hash", "hashed_at", "seen_at"),
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class CatalogueSerializer(serializers.Serializer[Any]):
    """How old the catalogue of an environment is, and what is in it."""

    started = serializers.DateTimeField(allow_null=True, help_text="when the last sync began; null: never synced")
    finished = serializers.DateTimeField(allow_null=True, help_text="when the last one that came to its end did")
    error = serializers.DictField(allow_null=True, help_text="{kind, sentence, at …} of the last sync, if it failed")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="kind → number of assets")
    allowed_actions = AllowedActions(allowed_actions, source="environment")


class SyncSerializer(serializers.Serializer[Any]):
    everything = serializers.BooleanField(
        default=False, help_text="read every list to its end and take every content hash, not only what is new"
    )


class MappingSerializer(serializers.ModelSerializer[DatabaseMapping]):
    source = serializers.CharField(source="source.slug", help_text="short name of the environment")  # type: ignore[assignment]
    target = serializers.CharField(source="target.slug", help_text="short name of the environment")
    confirmed_by = serializers.CharField(source="confirmed_by.username")

    class Meta:
        model = DatabaseMapping
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "source", "target", "source_uuid", "source_name", "target_uuid", "target_name"),
            *("confirmed_by", "confirmed_at"),
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class MappingDetailSerializer(MappingSerializer):
    allowed_actions = AllowedActions(actions_on_pair)

    class Meta(MappingSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*MappingSerializer.Meta.fields, "allowed_actions")


class PairingSerializer(serializers.ModelSerializer[AssetPairing]):
    source = serializers.CharField(source="source.slug", help_text="short name of the environment")  # type: ignore[assignment]
    target = serializers.CharField(source="target.slug", help_text="short name of the environment")
    confirmed_by = serializers.CharField(source="confirmed_by.username")

    class Meta:
        model = AssetPairing
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "source", "target", "kind", "source_uuid", "source_name", "target_uuid", "target_name"),
            *("reason", "confirmed_by", "confirmed_at"),
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class PairingDetailSerializer(PairingSerializer):
    allowed_actions = AllowedActions(actions_on_pair)

    class Meta(PairingSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*PairingSerializer.Meta.fields, "allowed_actions")


class PairSerializer(serializers.Serializer[Any]):
    """Two assets that both catalogues know."""

    source_uuid = serializers.UUIDField()
    target_uuid = serializers.UUIDField()


class BetweenSerializer(serializers.Serializer[Any]):
    source = serializers.CharField(help_text="short name of an environment")  # type: ignore[assignment]
    target = serializers.CharField(help_text="short name of an environment")


class SetMappingsSerializer(BetweenSerializer):
    pairs = serializers.ListField(child=PairSerializer(), min_length=1, max_length=MOST_PAIRS)


class SetPairingsSerializer(SetMappingsSerializer):
    kind = serializers.ChoiceField(choices=PairedKind.choices)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class DatabaseSerializer(serializers.Serializer[Any]):
    uuid = serializers.CharField()
    name = serializers.CharField()
    backend = serializers.CharField(help_text="engine, such as `postgresql`")


class CandidateSerializer(serializers.Serializer[Any]):
    target = DatabaseSerializer()
    score = serializers.IntegerField(help_text="how alike, 0 to 100")
    reason = serializers.CharField()


class SuggestionSerializer(serializers.Serializer[Any]):
    """What to map a database of the source to. No target: nothing is alike, or several are equally so."""

    source = DatabaseSerializer()  # type: ignore[assignment]
    target = DatabaseSerializer(allow_null=True)
    score = serializers.IntegerField()
    reason = serializers.CharField()
    candidates = CandidateSerializer(many=True, help_text="databases of the same engine, best first")
    confirmed = serializers.SerializerMethodField(help_text="UUID of the target that it is mapped to already")

    def get_confirmed(self, suggestion: Suggestion) -> str | None:
        confirmed: dict[str, str] = self.context["confirmed"]
        return confirmed.get(suggestion.source.uuid)
