# [DEF:project.api:Module]
# @COMPLEXITY: 3
# @PURPOSE: REST API v1: the routes of all apps, the OpenAPI document, and the response for unknown routes.
# @RELATION DEPENDS_ON -> core.api.announced
# @RELATION DEPENDS_ON -> audit.api.urls
# @RELATION DEPENDS_ON -> users.api.urls
# @RELATION DEPENDS_ON -> freezes.api.urls
# @RELATION DEPENDS_ON -> catalogue.api.urls
# @RELATION DEPENDS_ON -> migrations.api.urls
# @RELATION DEPENDS_ON -> overview.api.urls
# @RELATION DEPENDS_ON -> tasks.api.urls
# @RELATION DEPENDS_ON -> plugins.api.urls
# @RELATION DEPENDS_ON -> schedules.api.urls

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.audit.api import urls as audit
from apps.catalogue.api import urls as catalogue
from apps.core.api import codes
from apps.core.api.announced import Problem
from apps.core.api.strict import StrictInput
from apps.core.errors import NotThere
from apps.freezes.api import urls as freezes
from apps.migrations.api import urls as migrations
from apps.overview.api import urls as overview
from apps.plugins.api import urls as plugins
from apps.plugins.registry import Registry, registry
from apps.schedules.api import urls as schedules
from apps.tasks.api import urls as tasks
from apps.users.api import urls as users
from project import messages


class ProblemCodeSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(help_text=_("URI reference of this explanation"))
    code = serializers.CharField()
    title = serializers.CharField()
    meaning = serializers.CharField(help_text=_("what happened, and what a client can do"))


def document() -> dict[str, Any]:
    """The OpenAPI document, generated once and the same for everybody."""
    return _document(registry())


@cache
def _document(_plugins: Registry) -> dict[str, Any]:
    """It has the parameters of the actions, and so belongs to the plugins that were found."""
    with override("en"):  # whoever asks first
        schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


class ProblemList(StrictInput, APIView):
    """Every code that a problem can have."""

    authentication_classes = ()  # a token that is not valid is refused elsewhere, and sends its owner here
    permission_classes = (AllowAny,)

    @extend_schema(responses=ProblemCodeSerializer(many=True))
    def get(self, _request: Request) -> Response:
        return Response([_explained(name) for name in codes.explained()])


class ProblemDetail(StrictInput, APIView):
    """What a code means: the `type` of a problem leads here, also from a request that nobody signed."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(responses=ProblemCodeSerializer)
    def get(self, _request: Request, code: str) -> Response:
        if code not in codes.explained():
            raise NotThere(messages.PROBLEM_UNKNOWN)
        return Response(_explained(code))


def _explained(name: str) -> dict[str, str]:
    code = codes.explained()[name]
    return {"type": codes.type_of(name), "code": name, "title": str(code.title), "meaning": str(code.meaning)}


class OpenApi(StrictInput, APIView):
    @extend_schema(exclude=True)
    def get(self, _request: Request) -> Response:
        return Response(document())


def no_route(_request: HttpRequest, **_: Any) -> HttpResponse:
    return Problem(HTTPStatus.NOT_FOUND, "not_found", str(messages.NO_ROUTE)).response()


routes: list[URLPattern | URLResolver] = [
    *users.urlpatterns,
    *overview.urlpatterns,
    *freezes.urlpatterns,
    *catalogue.urlpatterns,
    *migrations.urlpatterns,
    *plugins.urlpatterns,
    *tasks.urlpatterns,
    *audit.urlpatterns,
    *schedules.urlpatterns,
    path("problems", ProblemList.as_view(), name="problems"),
    path("problems/<slug:code>", ProblemDetail.as_view(), name="problem"),
    path("schema", OpenApi.as_view(), name="schema"),
]
unknown_route = re_path(r"^api(?:/|$)", no_route)
