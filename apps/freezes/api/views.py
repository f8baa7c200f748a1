# [DEF:freezes.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Freeze windows: readable with `environments.view`, editable with `freezes.edit`.
# @RELATION DEPENDS_ON -> core.api.filters
# @RELATION DEPENDS_ON -> freezes.services
# @RELATION DEPENDS_ON -> users.api.acting

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import Filters, MomentFilter
from apps.core.api.strict import StrictInput
from apps.freezes import services
from apps.freezes.api.serializers import FreezeDetailSerializer, FreezeSerializer
from apps.freezes.models import SEEN_WITH, FreezeWindow
from apps.users.api.acting import actor_of


class FreezeFilter(Filters):
    environment = django_filters.CharFilter(field_name="environment__slug")
    starts_after = MomentFilter(field_name="starts", lookup_expr="gte")
    starts_before = MomentFilter(field_name="starts", lookup_expr="lt")
    ends_after = MomentFilter(field_name="ends", lookup_expr="gte")
    ends_before = MomentFilter(field_name="ends", lookup_expr="lt")

    class Meta:
        model = FreezeWindow
        fields: ClassVar = ("tier",)


class FreezeView(StrictInput, generics.GenericAPIView[FreezeWindow]):
    required_permission = SEEN_WITH

    def get_queryset(self) -> QuerySet[FreezeWindow]:
        return FreezeWindow.objects.visible_to(self.request.user).select_related("environment")

    def represent(self, window: FreezeWindow, *, status: int = 200) -> Response:
        shown = FreezeDetailSerializer(window, context={"request": self.request})
        headers = {"Location": reverse("api:freeze", args=[window.pk])} if status == 201 else {}
        return Response(shown.data, status=status, headers=headers)


class FreezeList(FreezeView, generics.ListAPIView[FreezeWindow]):
    serializer_class = FreezeSerializer
    filterset_class = FreezeFilter
    search_fields = ("reason",)
    ordering_fields = ("id", "starts", "created")
    ordering = ("id",)

    @extend_schema(request=FreezeSerializer, responses={201: FreezeDetailSerializer})
    def post(self, request: Request) -> Response:
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.represent(services.add_freeze(actor=actor_of(request), **given.validated_data), status=201)


class FreezeDetail(FreezeView):
    serializer_class = FreezeDetailSerializer
    filter_backends = ()
    pagination_class = None

    def get(self, request: Request, pk: int) -> Response:
        return self.represent(self.get_object())

    @extend_schema(request=FreezeSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        window = self.get_object()
        given = self.get_serializer(window, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return self.represent(services.edit_freeze(actor=actor_of(request), window=window, **given.validated_data))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        services.remove_freeze(actor=actor_of(request), window=self.get_object())
        return Response(status=204)
