# [DEF:catalogue.api.matching:Module]
# @COMPLEXITY: 3
# @PURPOSE: Mappings of databases and pairings of assets, between the assets that the catalogues know. No Superset
#   is asked.
# @RELATION INHERITS_FROM -> core.api.lists
# @RELATION DEPENDS_ON -> users.api.acting
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> superset.assets
"""Mappings of databases and pairings of assets, between the assets that the catalogues know. No Superset is asked."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalogue.api.serializers import (
    BetweenSerializer,
    MappingSerializer,
    PairingSerializer,
    SetMappingsSerializer,
    SetPairingsSerializer,
    SuggestionSerializer,
)
from apps.catalogue.models import AssetPairing, DatabaseMapping, PairedKind
from apps.catalogue.services import mappings, pairings
from apps.catalogue.services.sides import stored_sides
from apps.core.api.lists import RowList
from apps.environments.models import Environment
from apps.superset.assets import Kind
from apps.users.api.acting import actor_of
from apps.users.models import User

ENDS = {"source": "source__slug", "target": "target__slug", "confirmed_by": "confirmed_by__username"}


class BetweenFilter(django_filters.FilterSet):
    source = django_filters.CharFilter(field_name="source__slug")
    target = django_filters.CharFilter(field_name="target__slug")


class PairingFilter(BetweenFilter):
    kind = django_filters.ChoiceFilter(choices=PairedKind.choices)


class MappingList(RowList):
    serializer_class = MappingSerializer
    filterset_class = BetweenFilter
    search_fields = ("source_name", "target_name")
    ordering_fields = ("source_name", "target_name", "confirmed_at")
    ordering = ("source_name",)
    columns: ClassVar = {name: name for name in MappingSerializer.Meta.fields} | ENDS

    def get_queryset(self) -> QuerySet[DatabaseMapping]:
        return DatabaseMapping.objects.visible_to(self.request.user)

    @extend_schema(request=SetMappingsSerializer, responses={201: MappingSerializer(many=True)})
    def post(self, request: Request) -> Response:
        """Say which databases of the target stand for which of the source; all of them or none."""
        given = SetMappingsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        stored = mappings.set_mappings(
            actor=actor_of(request),
            **ends(actor_of(request), given.validated_data),
            pairs=_pairs(given.validated_data),
            sides=stored_sides,
        )
        return Response(MappingSerializer(stored, many=True).data, status=201)


class MappingDetail(generics.GenericAPIView[DatabaseMapping]):
    serializer_class = MappingSerializer

    def get_queryset(self) -> QuerySet[DatabaseMapping]:
        rows = DatabaseMapping.objects.visible_to(self.request.user)
        return rows.select_related("source", "target", "confirmed_by")

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Forget it: the next plan asks for it again."""
        row = self.get_object()
        mappings.remove_mappings(
            actor=actor_of(request), source=row.source, target=row.target, names=[str(row.source_uuid)]
        )
        return Response(status=204)


class MappingSuggestions(generics.GenericAPIView[Any]):
    serializer_class = SuggestionSerializer
    filter_backends = ()
    pagination_class = None

    @extend_schema(parameters=[BetweenSerializer], responses=SuggestionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """For every database of the source, what could stand for it in the target, and what does already."""
        asked = BetweenSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        both = ends(actor_of(request), asked.validated_data)
        confirmed = mappings.confirmed_mapping(**both)
        found = mappings.suggest_mappings(**both, sides=stored_sides)
        told = SuggestionSerializer(found, many=True, context={"confirmed": confirmed}).data
        return Response(told)


class PairingList(RowList):
    serializer_class = PairingSerializer
    filterset_class = PairingFilter
    search_fields = ("source_name", "target_name", "reason")
    ordering_fields = ("kind", "source_name", "target_name", "confirmed_at")
    ordering = ("kind", "source_name")
    columns: ClassVar = {name: name for name in PairingSerializer.Meta.fields} | ENDS

    def get_queryset(self) -> QuerySet[AssetPairing]:
        return AssetPairing.objects.visible_to(self.request.user)

    @extend_schema(request=SetPairingsSerializer, responses={201: PairingSerializer(many=True)})
    def post(self, request: Request) -> Response:
        """Say which assets of the target the source's overwrite although their UUIDs differ; all of them or none."""
        given = SetPairingsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        stored = pairings.pair_assets(
            actor=actor_of(request),
            **ends(actor_of(request), given.validated_data),
            kind=Kind(given.validated_data["kind"]),
            pairs=_pairs(given.validated_data),
            reason=given.validated_data["reason"],
            sides=stored_sides,
        )
        return Response(PairingSerializer(stored, many=True).data, status=201)


class PairingDetail(generics.GenericAPIView[AssetPairing]):
    serializer_class = PairingSerializer

    def get_queryset(self) -> QuerySet[AssetPairing]:
        rows = AssetPairing.objects.visible_to(self.request.user)
        return rows.select_related("source", "target", "confirmed_by")

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Forget it: from the next plan on they are two assets again."""
        row = self.get_object()
        pairings.unpair_assets(
            actor=actor_of(request),
            source=row.source,
            target=row.target,
            kind=Kind(row.kind),
            names=[str(row.source_uuid)],
        )
        return Response(status=204)


def ends(user: User, given: dict[str, Any]) -> dict[str, Environment]:
    """The source and the target that were named, if both are there for this user."""
    found = Environment.objects.visible_to(user).in_bulk([given["source"], given["target"]], field_name="slug")
    if unknown := {name: "There is no such environment." for name in ("source", "target") if given[name] not in found}:
        raise ValidationError(unknown)
    return {name: found[given[name]] for name in ("source", "target")}


def _pairs(given: dict[str, Any]) -> list[str]:
    return [f"{pair['source_uuid']}={pair['target_uuid']}" for pair in given["pairs"]]
