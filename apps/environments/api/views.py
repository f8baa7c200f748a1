# [DEF:environments.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Environments. No Superset is contacted here: testing a connection is a task (`check`).
# @RELATION DEPENDS_ON -> core.api.filters
# @RELATION DEPENDS_ON -> users.api.acting
# @RELATION CALLS -> environments.confirmation

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.core.api.filters import Filters
from apps.core.api.strict import StrictInput
from apps.environments.api.serializers import (
    CredentialsSerializer,
    EnvironmentAddSerializer,
    EnvironmentDetailSerializer,
    EnvironmentEditSerializer,
    EnvironmentSerializer,
)
from apps.environments.confirmation import confirm
from apps.environments.models import Environment
from apps.environments.policies import EDIT
from apps.environments.services import edits, registration
from apps.environments.services.protection_requests import decline
from apps.environments.services.sign_in import SignIn
from apps.users.api.acting import actor_of

STATES = {
    "ok": Q(enabled=True, last_error__isnull=True, last_contact__isnull=False),
    "failed": Q(enabled=True, last_error__isnull=False),
    "not checked": Q(enabled=True, last_error__isnull=True, last_contact=None),
    "disabled": Q(enabled=False),
}
"""Each environment is in one of them; `failed` stands for every error of the last contact."""


class EnvironmentView(StrictInput, generics.GenericAPIView[Environment]):
    """Base of the views of one environment."""

    required_permission = "environments.view"
    permission_to_change = EDIT
    serializer_class: type[BaseSerializer[Any]] = EnvironmentDetailSerializer
    lookup_field = "slug"
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Environment]:
        return Environment.objects.visible_to(self.request.user)

    def represent(self, environment: Environment, status: int = 200) -> Response:
        return Response(EnvironmentDetailSerializer(environment, context={"request": self.request}).data, status)


class EnvironmentFilter(Filters):
    state = django_filters.ChoiceFilter(choices=[(each, each) for each in STATES], method="by_state")

    class Meta:
        model = Environment
        fields: ClassVar = ("tier", "enabled", "protected", "release")

    def by_state(self, environments: QuerySet[Environment], _: str, value: str) -> QuerySet[Environment]:
        return environments.filter(STATES[value])


class EnvironmentList(StrictInput, generics.ListAPIView[Environment]):
    required_permission = "environments.view"
    permission_to_change = EDIT
    serializer_class = EnvironmentSerializer
    filterset_class = EnvironmentFilter
    search_fields = ("name", "slug", "url")
    ordering_fields = ("name", "tier", "created", "last_contact")
    ordering = ("name",)

    def get_queryset(self) -> QuerySet[Environment]:
        return Environment.objects.visible_to(self.request.user).defer("secret")

    @extend_schema(request=EnvironmentAddSerializer, responses={201: EnvironmentDetailSerializer})
    def post(self, request: Request) -> Response:
        given = EnvironmentAddSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        facts = given.validated_data
        sign_in = SignIn(**facts.pop("sign_in"))
        environment = registration.add_environment(actor=actor_of(request), sign_in=sign_in, check=False, **facts)
        shown = EnvironmentDetailSerializer(environment, context={"request": request})
        address = reverse("api:environment", args=[environment.slug])
        return Response(shown.data, status=201, headers={"Location": address})


class EnvironmentDetail(EnvironmentView):
    def get(self, request: Request, slug: str) -> Response:
        return self.represent(self.get_object())

    @extend_schema(
        request=EnvironmentEditSerializer,
        responses={200: EnvironmentDetailSerializer, 202: EnvironmentDetailSerializer},
    )
    def patch(self, request: Request, slug: str) -> Response:
        given = EnvironmentEditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changes = given.validated_data
        sign_in = SignIn(**changes.pop("sign_in")) if "sign_in" in changes else None
        environment = self.get_object()
        edits.edit_environment(actor=actor_of(request), environment=environment, sign_in=sign_in, **changes)
        return self.represent(environment, 202 if environment.waiting else 200)

    @extend_schema(responses={202: EnvironmentDetailSerializer, 204: None})
    def delete(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        waiting = registration.remove_environment(actor=actor_of(request), environment=environment)
        return self.represent(environment, 202) if waiting else Response(status=204)


class EnvironmentConfirm(EnvironmentView):
    takes_no_body = True

    @extend_schema(request=None, responses={200: EnvironmentDetailSerializer, 204: None})
    def post(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        confirmed = confirm(actor=actor_of(request), environment=environment)
        return Response(status=204) if confirmed.removes else self.represent(self.get_object())


class EnvironmentDecline(EnvironmentView):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        decline(actor=actor_of(request), environment=environment)
        return self.represent(environment)


class EnvironmentCredentials(EnvironmentView):
    @extend_schema(request=CredentialsSerializer)
    def put(self, request: Request, slug: str) -> Response:
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        environment = self.get_object()
        edits.update_credentials(
            actor=actor_of(request),
            environment=environment,
            sign_in=SignIn(**given.validated_data),
            check=False,
        )
        return self.represent(environment)


class EnvironmentEnable(EnvironmentView):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        edits.set_enabled(actor=actor_of(request), environment=environment, enabled=True)
        return self.represent(environment)


class EnvironmentDisable(EnvironmentView):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        edits.set_enabled(actor=actor_of(request), environment=environment, enabled=False)
        return self.represent(environment)
