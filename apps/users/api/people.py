# [DEF:users.api.people:Module]
# @COMPLEXITY: 3
# @PURPOSE: Accounts and their grants, for user administrators.
# @RELATION DEPENDS_ON -> core.api.lists
# @RELATION CALLS -> users.services.accounts

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

import django_filters
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import Filters, MomentFilter
from apps.core.api.lists import RowList
from apps.core.api.strict import StrictInput
from apps.users.api.acting import actor_of
from apps.users.api.serializers import (
    GrantSerializer,
    NewGrantSerializer,
    NewPasswordSerializer,
    UserAddSerializer,
    UserDetailSerializer,
    UserEditSerializer,
    UserSerializer,
)
from apps.users.models import Grant, User
from apps.users.policies import EDIT, VIEW
from apps.users.services import accounts, grants


class PeopleView(StrictInput, generics.GenericAPIView[Any]):
    """Accounts belong to no environment, so the permissions must apply everywhere."""

    required_permission = VIEW
    permission_to_change = EDIT
    everywhere = True


class UserFilter(Filters):
    role = django_filters.CharFilter(field_name="grants__role__slug", distinct=True)
    last_login_after = MomentFilter(field_name="last_login", lookup_expr="gte")
    last_login_before = MomentFilter(field_name="last_login", lookup_expr="lt")

    class Meta:
        model = User
        fields: ClassVar = ("username", "is_active", "is_staff", "is_superuser")


class UserList(PeopleView, RowList):
    serializer_class = UserSerializer
    filterset_class = UserFilter
    search_fields = ("username", "email", "first_name", "last_name")
    ordering_fields = ("id", "username", "email", "last_login")
    ordering = ("username",)
    columns: ClassVar = {name: name for name in UserSerializer.Meta.fields}

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.all()

    @extend_schema(request=UserAddSerializer, responses={201: UserDetailSerializer})
    def post(self, request: Request) -> Response:
        given = UserAddSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = accounts.add_user(actor=actor_of(request), **given.validated_data)
        data = UserDetailSerializer(user, context={"request": request}).data
        headers = {"Location": reverse("api:user", args=[user.pk])}
        return Response(data, status=HTTPStatus.CREATED, headers=headers)


class UserView(PeopleView):
    """Base of the views of one account."""

    serializer_class = UserDetailSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.prefetch_related(Prefetch("grants", Grant.objects.select_related("role")))


class UserDetail(UserView):
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=UserEditSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        given = UserEditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = self.get_object()
        accounts.edit_user(actor=actor_of(request), user=user, **given.validated_data)
        return Response(self.get_serializer(user).data)


class UserPassword(UserView):
    @extend_schema(request=NewPasswordSerializer, responses={204: None})
    def put(self, request: Request, pk: int) -> Response:
        given = NewPasswordSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        new, must_change = given.validated_data["new"], given.validated_data["must_change"]
        accounts.set_password(actor=actor_of(request), user=self.get_object(), password=new, must_change=must_change)
        return Response(status=HTTPStatus.NO_CONTENT)


class UserSessions(UserView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        accounts.end_sessions(actor=actor_of(request), user=self.get_object())
        return Response(status=HTTPStatus.NO_CONTENT)


class GrantFilter(Filters):
    user = django_filters.CharFilter(field_name="user__username")
    role = django_filters.CharFilter(field_name="role__slug")
    created_after = MomentFilter(field_name="created", lookup_expr="gte")
    created_before = MomentFilter(field_name="created", lookup_expr="lt")

    class Meta:
        model = Grant
        fields: ClassVar = ("where", "group")


class GrantList(PeopleView, RowList):
    serializer_class = GrantSerializer
    filterset_class = GrantFilter
    search_fields = ("user__username", "role__slug", "where", "group")
    ordering_fields = ("id", "where", "created")
    ordering = ("id",)
    columns: ClassVar = {name: name for name in GrantSerializer.Meta.fields} | {
        "user": "user__username",
        "role": "role__slug",
    }

    def get_queryset(self) -> QuerySet[Grant]:
        return Grant.objects.all()

    @extend_schema(request=NewGrantSerializer, responses={201: GrantSerializer})
    def post(self, request: Request) -> Response:
        serializer = NewGrantSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        grant = grants.grant_role(
            actor=actor_of(request),
            user=accounts.get_user(given["user"]),
            role=grants.get_role(given["role"]),
            where=given["where"],
        )
        return Response(GrantSerializer(grant).data, status=HTTPStatus.CREATED)


class GrantDetail(PeopleView):
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Grant]:
        return Grant.objects.select_related("role", "user")

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        grants.revoke_role(actor=actor_of(request), grant=self.get_object())
        return Response(status=HTTPStatus.NO_CONTENT)
