# [DEF:users.api.roles:Module]
# @COMPLEXITY: 3
# @PURPOSE: Roles, their permissions, and the mapping of directory groups to roles.
# @RELATION DEPENDS_ON -> core.api.lists
# @RELATION CALLS -> users.services.roles

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import Filters
from apps.core.api.lists import RowList
from apps.users.api.acting import actor_of
from apps.users.api.people import PeopleView
from apps.users.api.serializers import (
    GroupMappingEditSerializer,
    GroupMappingSerializer,
    NewGroupMappingSerializer,
    RoleAddSerializer,
    RoleEditSerializer,
    RoleSerializer,
)
from apps.users.models import GroupMapping, Role
from apps.users.permissions import known
from apps.users.services import grants, groups, roles


class RoleList(PeopleView, generics.ListAPIView[Role]):
    serializer_class = RoleSerializer
    search_fields = ("slug", "title", "description")
    ordering_fields = ("slug", "title")
    ordering = ("slug",)

    def get_queryset(self) -> QuerySet[Role]:
        return Role.objects.prefetch_related("permissions")

    @extend_schema(request=RoleAddSerializer, responses={201: RoleSerializer})
    def post(self, request: Request) -> Response:
        given = RoleAddSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        role = roles.add_role(actor=actor_of(request), **_with_pairs(given.validated_data))
        headers = {"Location": reverse("api:role", args=[role.slug])}
        return Response(self.get_serializer(role).data, status=HTTPStatus.CREATED, headers=headers)


class RoleDetail(PeopleView):
    serializer_class = RoleSerializer
    lookup_field = "slug"
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Role]:
        return Role.objects.all()

    def get(self, request: Request, slug: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=RoleEditSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        given = RoleEditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        roles.edit_role(actor=actor_of(request), role=self.get_object(), **_with_pairs(given.validated_data))
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        roles.remove_role(actor=actor_of(request), role=self.get_object())
        return Response(status=HTTPStatus.NO_CONTENT)


class PermissionNames(PeopleView):
    filter_backends = ()
    pagination_class = None

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string"}}})
    def get(self, request: Request) -> Response:
        return Response(known())


class GroupMappingFilter(Filters):
    role = django_filters.CharFilter(field_name="role__slug")

    class Meta:
        model = GroupMapping
        fields: ClassVar = ("group", "where", "staff")


class GroupMappingList(PeopleView, RowList):
    serializer_class = GroupMappingSerializer
    filterset_class = GroupMappingFilter
    search_fields = ("group", "role__slug")
    ordering_fields = ("id", "group")
    ordering = ("group",)
    columns: ClassVar = {name: name for name in GroupMappingSerializer.Meta.fields} | {"role": "role__slug"}

    def get_queryset(self) -> QuerySet[GroupMapping]:
        return GroupMapping.objects.all()

    @extend_schema(request=NewGroupMappingSerializer, responses={201: GroupMappingSerializer})
    def post(self, request: Request) -> Response:
        serializer = NewGroupMappingSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        role = grants.get_role(serializer.validated_data["role"])
        mapping = groups.map_group(actor=actor_of(request), **{**serializer.validated_data, "role": role})
        return Response(GroupMappingSerializer(mapping).data, status=HTTPStatus.CREATED)


class GroupMappingDetail(PeopleView):
    serializer_class = GroupMappingSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[GroupMapping]:
        return GroupMapping.objects.select_related("role")

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=GroupMappingEditSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        given = GroupMappingEditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changes = given.validated_data
        if "role" in changes:
            changes["role"] = grants.get_role(changes["role"])
        mapping = groups.edit_mapping(actor=actor_of(request), mapping=self.get_object(), **changes)
        return Response(self.get_serializer(mapping).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        groups.unmap_group(actor=actor_of(request), mapping=self.get_object())
        return Response(status=HTTPStatus.NO_CONTENT)


def _with_pairs(given: Mapping[str, Any]) -> dict[str, Any]:
    """The permissions as pairs, where they are given."""
    if "permissions" not in given:
        return dict(given)
    return {**given, "permissions": [(each["what"], each["where"]) for each in given["permissions"]]}
