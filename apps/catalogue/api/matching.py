# [DEF:catalogue.api.matching:Module]
# @COMPLEXITY: 3
# @PURPOSE: Mappings of databases and pairings of assets, from the catalogues alone.
# @RELATION INHERITS_FROM -> core.api.lists
# @RELATION DEPENDS_ON -> users.api.acting
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> superset.assets

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalogue.api.serializers import (
    BetweenSerializer,
    ChangeMappingSerializer,
    MappingSerializer,
    PairingSerializer,
    SetMappingsSerializer,
    SetPairingsSerializer,
    SuggestionSerializer,
)
from apps.catalogue.models import AssetPairing, DatabaseMapping, PairedKind
from apps.catalogue.policies import MAP, ON_MAPPING, ON_PAIRING, VIEW, actions_between, who_maps
from apps.catalogue.services import mappings, pairings
from apps.catalogue.services.sides import stored_sides
from apps.core.api.filters import Filters, MomentFilter
from apps.core.api.lists import Row, RowList
from apps.core.api.strict import StrictInput
from apps.environments.models import Environment
from apps.superset.assets import Kind
from apps.users.api.acting import actor_of
from apps.users.models import User
from apps.users.who import WhoCan

Given = Mapping[str, Any]
"""What was sent, validated."""

ENDS = {"source": "source__slug", "target": "target__slug", "confirmed_by": "confirmed_by__username"}
PLACES = {f"{end}.{field}": f"{end}__{field}" for end in ("source", "target") for field in ("slug", "tier", "name")}
"""What the verdicts on a row take, and the row does not show."""


def columns_of(serializer: type[Any]) -> dict[str, str]:
    shown = {name: name for name in serializer.Meta.fields if name != "allowed_actions"}
    return shown | ENDS | PLACES


class BetweenFilter(Filters):
    source = django_filters.CharFilter(field_name="source__slug")
    target = django_filters.CharFilter(field_name="target__slug")
    confirmed_by = django_filters.CharFilter(field_name="confirmed_by__username")
    confirmed_after = MomentFilter(field_name="confirmed_at", lookup_expr="gte")
    confirmed_before = MomentFilter(field_name="confirmed_at", lookup_expr="lt")


class PairingFilter(BetweenFilter):
    kind = django_filters.ChoiceFilter(choices=PairedKind.choices)


class PairList(RowList):
    """What mappings and pairings have in common: which of the source's stand for which of the target's."""

    required_permission = VIEW
    permission_to_change = MAP
    filterset_class: ClassVar[type[Filters]] = BetweenFilter
    given_class: ClassVar[type[SetMappingsSerializer]]
    actions: ClassVar[tuple[str, ...]] = ON_PAIRING

    @cached_property
    def who(self) -> WhoCan:
        return who_maps()

    def represent(self, row: Row) -> Row:
        facts = {name: row.pop(name) for name in PLACES}
        source, target = (
            Environment(**{field: facts[f"{end}.{field}"] for field in ("slug", "tier", "name")})
            for end in ("source", "target")
        )
        verdicts = actions_between(actor_of(self.request), source, target, self.actions, self.who)
        return {**row, "allowed_actions": {action: asdict(each) for action, each in verdicts.items()}}

    def store(self, actor: User, both: dict[str, Environment], given: Given) -> list[Any]:
        raise NotImplementedError

    def post(self, request: Request) -> Response:
        given = self.given_class(data=request.data)
        given.is_valid(raise_exception=True)
        actor, facts = actor_of(request), given.validated_data
        stored = self.store(actor, ends(actor, facts), facts)
        return Response(self.get_serializer(stored, many=True).data, status=201)


class PairDetail(StrictInput, generics.GenericAPIView[Any]):
    required_permission = VIEW
    permission_to_change = MAP
    filter_backends = ()
    pagination_class = None

    def remove(self, actor: User, row: Any) -> None:
        raise NotImplementedError

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        self.remove(actor_of(request), self.get_object())
        return Response(status=204)


@extend_schema_view(
    post=extend_schema(
        request=SetMappingsSerializer,
        responses={201: MappingSerializer(many=True)},
    )
)
class MappingList(PairList):
    serializer_class = MappingSerializer
    given_class = SetMappingsSerializer
    actions = ON_MAPPING
    search_fields = ("source_name", "target_name")
    ordering_fields = ("source_name", "target_name", "confirmed_at")
    ordering = ("source_name",)
    columns: ClassVar = columns_of(MappingSerializer)

    def get_queryset(self) -> QuerySet[DatabaseMapping]:
        return DatabaseMapping.objects.visible_to(self.request.user)

    def store(self, actor: User, both: dict[str, Environment], given: Given) -> list[DatabaseMapping]:
        return mappings.set_mappings(actor=actor, **both, pairs=_pairs(given), sides=stored_sides)


class MappingDetail(PairDetail):
    serializer_class = MappingSerializer

    def get_queryset(self) -> QuerySet[DatabaseMapping]:
        return DatabaseMapping.objects.visible_to(self.request.user).select_related(*ENDS)

    @extend_schema(request=ChangeMappingSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        given = ChangeMappingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        row = self.get_object()
        changed = mappings.set_mappings(
            actor=actor_of(request),
            source=row.source,
            target=row.target,
            pairs=[f"{row.source_uuid}={given.validated_data['target_uuid']}"],
            sides=stored_sides,
        )
        return Response(self.get_serializer(changed[0]).data)

    def remove(self, actor: User, row: DatabaseMapping) -> None:
        names = [str(row.source_uuid)]
        mappings.remove_mappings(actor=actor, source=row.source, target=row.target, names=names)


class MappingSuggestions(StrictInput, generics.GenericAPIView[Any]):
    required_permission = VIEW
    serializer_class = SuggestionSerializer
    query_class = BetweenSerializer
    filter_backends = ()
    pagination_class = None

    @extend_schema(parameters=[BetweenSerializer], responses=SuggestionSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = BetweenSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        both = ends(actor_of(request), query.validated_data)
        found = mappings.suggest_mappings(actor=actor_of(request), **both, sides=stored_sides)
        confirmed = mappings.confirmed_mapping(**both)
        return Response(SuggestionSerializer(found, many=True, context={"confirmed": confirmed}).data)


@extend_schema_view(
    post=extend_schema(
        request=SetPairingsSerializer,
        responses={201: PairingSerializer(many=True)},
    )
)
class PairingList(PairList):
    serializer_class = PairingSerializer
    given_class = SetPairingsSerializer
    filterset_class = PairingFilter
    search_fields = ("source_name", "target_name", "reason")
    ordering_fields = ("kind", "source_name", "target_name", "confirmed_at")
    ordering = ("kind", "source_name")
    columns: ClassVar = columns_of(PairingSerializer)

    def get_queryset(self) -> QuerySet[AssetPairing]:
        return AssetPairing.objects.visible_to(self.request.user)

    def store(self, actor: User, both: dict[str, Environment], given: Given) -> list[AssetPairing]:
        kind, reason = Kind(given["kind"]), given["reason"]
        return pairings.pair_assets(
            actor=actor, **both, kind=kind, pairs=_pairs(given), reason=reason, sides=stored_sides
        )


class PairingDetail(PairDetail):
    serializer_class = PairingSerializer

    def get_queryset(self) -> QuerySet[AssetPairing]:
        return AssetPairing.objects.visible_to(self.request.user).select_related(*ENDS)

    def remove(self, actor: User, row: AssetPairing) -> None:
        kind, names = Kind(row.kind), [str(row.source_uuid)]
        pairings.unpair_assets(actor=actor, source=row.source, target=row.target, kind=kind, names=names)


def ends(user: User, given: Given) -> dict[str, Environment]:
    """The source and the target that were named, if both are there for this user."""
    found = Environment.objects.visible_to(user).in_bulk([given["source"], given["target"]], field_name="slug")
    if unknown := {
        name: _("There is no such environment.") for name in ("source", "target") if given[name] not in found
    }:
        raise ValidationError(unknown)
    return {name: found[given[name]] for name in ("source", "target")}


def _pairs(given: Given) -> list[str]:
    return [f"{pair['source_uuid']}={pair['target_uuid']}" for pair in given["pairs"]]
