# [DEF:overview.api.environments:Module]
# @COMPLEXITY: 3
# @PURPOSE: Environments. No Superset is contacted here: testing a connection is a task (`check`).
# @RELATION INHERITS_FROM -> environments.api.views
# @RELATION DEPENDS_ON -> core.api.filters
# @RELATION DEPENDS_ON -> users.api.acting
# @RELATION CALLS -> environments.confirmation
# @RELATION CALLS -> overview.environments
# @RELATION CALLS -> migrations.environment_brief

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import Filters
from apps.core.api.strict import StrictInput
from apps.environments.api.serializers import (
    CredentialsSerializer,
    EnvironmentAddSerializer,
    EnvironmentEditSerializer,
)
from apps.environments.api.views import EnvironmentView
from apps.environments.confirmation import confirm
from apps.environments.models import Environment
from apps.environments.policies import EDIT
from apps.environments.services import edits, registration
from apps.environments.services.protection_requests import decline
from apps.environments.services.sign_in import SignIn
from apps.migrations.environment_brief import with_sync
from apps.overview.api.serializers import EnvironmentDetailSerializer, EnvironmentRowSerializer
from apps.overview.environments import with_detail, with_rows
from apps.users.api.acting import actor_of

STATES = {
    "ok": Q(enabled=True, last_error__isnull=True, last_contact__isnull=False),
    "failed": Q(enabled=True, last_error__isnull=False),
    "not checked": Q(enabled=True, last_error__isnull=True, last_contact=None),
    "disabled": Q(enabled=False),
}
"""Each environment is in one of them; `failed` stands for every error of the last contact."""


def detail(environment: Environment, request: Request) -> dict[str, Any]:
    shown = with_detail(environment, actor_of(request))
    return dict(EnvironmentDetailSerializer(shown, context={"request": request}).data)


class OneEnvironment(EnvironmentView):
    """Base of the views that answer with the environment."""

    serializer_class = EnvironmentDetailSerializer

    def represent(self, environment: Environment, status: int = 200) -> Response:
        return Response(detail(environment, self.request), status)


class EnvironmentFilter(Filters):
    state = django_filters.ChoiceFilter(choices=[(each, each) for each in STATES], method="by_state")

    class Meta:
        model = Environment
        fields: ClassVar = ("tier", "enabled", "protected", "release")

    def by_state(self, environments: QuerySet[Environment], _: str, value: str) -> QuerySet[Environment]:
        return environments.filter(STATES[value])


class EnvironmentList(StrictInput, generics.ListAPIView[Environment]):
    """The environments, each with what is known of its catalogue, who writes there, and whether it is frozen."""

    required_permission = "environments.view"
    permission_to_change = EDIT
    serializer_class = EnvironmentRowSerializer
    filterset_class = EnvironmentFilter
    search_fields = ("name", "slug", "url")
    ordering_fields = ("name", "tier", "created", "last_contact")
    ordering = ("name",)

    def get_queryset(self) -> QuerySet[Environment]:
        return with_sync(Environment.objects.visible_to(self.request.user))

    def list(self, request: Request, *_: Any, **__: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = EnvironmentRowSerializer(with_rows(page, actor_of(request)), many=True)
        return self.get_paginated_response(rows.data)

    @extend_schema(request=EnvironmentAddSerializer, responses={201: EnvironmentDetailSerializer})
    def post(self, request: Request) -> Response:
        given = EnvironmentAddSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        facts = given.validated_data
        sign_in = SignIn(**facts.pop("sign_in"))
        environment = registration.add_environment(actor=actor_of(request), sign_in=sign_in, check=False, **facts)
        shown = detail(environment, request)
        address = reverse("api:environment", args=[environment.slug])
        return Response(shown, status=201, headers={"Location": address})


class EnvironmentDetail(OneEnvironment):
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


class EnvironmentConfirm(OneEnvironment):
    takes_no_body = True

    @extend_schema(request=None, responses={200: EnvironmentDetailSerializer, 204: None})
    def post(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        confirmed = confirm(actor=actor_of(request), environment=environment)
        return Response(status=204) if confirmed.removes else self.represent(self.get_object())


class EnvironmentDecline(OneEnvironment):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        decline(actor=actor_of(request), environment=environment)
        return self.represent(environment)


class EnvironmentCredentials(OneEnvironment):
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


class EnvironmentEnable(OneEnvironment):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        edits.set_enabled(actor=actor_of(request), environment=environment, enabled=True)
        return self.represent(environment)


class EnvironmentDisable(OneEnvironment):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        edits.set_enabled(actor=actor_of(request), environment=environment, enabled=False)
        return self.represent(environment)
