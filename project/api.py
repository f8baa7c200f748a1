"""REST API v1: the routes of all apps, the OpenAPI document, and problems where no view is reached."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView

from apps.audit.api import urls as audit
from apps.catalogue.api import urls as catalogue
from apps.core.api.problems import Problem
from apps.environments.api import urls as environments
from apps.migrations.api import urls as migrations
from apps.tasks.api import urls as tasks
from apps.users.api import urls as users


def nothing_here(_request: HttpRequest, **_: Any) -> JsonResponse:
    problem = Problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this address of the API.")
    return JsonResponse(problem.body(), status=problem.status)


routes: list[URLPattern | URLResolver] = [
    *users.urlpatterns,
    *environments.urlpatterns,
    *catalogue.urlpatterns,
    *migrations.urlpatterns,
    *tasks.urlpatterns,
    *audit.urlpatterns,
    path("schema", SpectacularJSONAPIView.as_view(), name="schema"),
]
otherwise = re_path(r"^api/.*", nothing_here)
