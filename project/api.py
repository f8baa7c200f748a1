# [DEF:project.api:Module]
# @COMPLEXITY: 3
# @PURPOSE: REST API v1: the routes of all apps, the OpenAPI document, and the response for unknown routes.
# @RELATION DEPENDS_ON -> core.api.announced
# @RELATION DEPENDS_ON -> audit.api.urls
# @RELATION DEPENDS_ON -> users.api.urls
# @RELATION DEPENDS_ON -> environments.api.urls
# @RELATION DEPENDS_ON -> freezes.api.urls
# @RELATION DEPENDS_ON -> catalogue.api.urls
# @RELATION DEPENDS_ON -> migrations.api.urls
# @RELATION DEPENDS_ON -> tasks.api.urls
# @RELATION DEPENDS_ON -> plugins.api.urls
# @RELATION DEPENDS_ON -> schedules.api.urls

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.audit.api import urls as audit
from apps.catalogue.api import urls as catalogue
from apps.core.api.announced import Problem
from apps.environments.api import urls as environments
from apps.freezes.api import urls as freezes
from apps.migrations.api import urls as migrations
from apps.plugins.api import urls as plugins
from apps.schedules.api import urls as schedules
from apps.tasks.api import urls as tasks
from apps.users.api import urls as users
from project import messages


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, generated once and the same for everybody."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


class OpenApi(APIView):
    @extend_schema(exclude=True)
    def get(self, _request: Request) -> Response:
        return Response(document())


def no_route(_request: HttpRequest, **_: Any) -> JsonResponse:
    problem = Problem(HTTPStatus.NOT_FOUND, "not_found", str(messages.NO_ROUTE))
    return JsonResponse(problem.body(), status=problem.status)


routes: list[URLPattern | URLResolver] = [
    *users.urlpatterns,
    *environments.urlpatterns,
    *freezes.urlpatterns,
    *catalogue.urlpatterns,
    *migrations.urlpatterns,
    *plugins.urlpatterns,
    *tasks.urlpatterns,
    *audit.urlpatterns,
    *schedules.urlpatterns,
    path("schema", OpenApi.as_view(), name="schema"),
]
unknown_route = re_path(r"^api/.*", no_route)
