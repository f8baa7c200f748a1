"""REST API v1: the routes of all apps, the OpenAPI document, and problems where no view is reached."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.defaults import server_error
from drf_spectacular.views import SpectacularJSONAPIView

from apps.audit.api import urls as audit
from apps.catalogue.api import urls as catalogue
from apps.core.api.problems import Problem
from apps.environments.api import urls as environments
from apps.migrations.api import urls as migrations
from apps.plugins.api import urls as plugins
from apps.tasks.api import urls as tasks
from apps.tasks.schedules.api import urls as schedules
from apps.users.api import urls as users

PREFIX = "/api/"


def nothing_here(_request: HttpRequest, **_: Any) -> JsonResponse:
    problem = Problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this address of the API.")
    return JsonResponse(problem.body(), status=problem.status)


def fault(request: HttpRequest) -> HttpResponse:
    """For an exception that nobody announced: its traceback is in the log."""
    if not request.path_info.startswith(PREFIX):
        return server_error(request)
    message = "Something went wrong in Lockstep itself. What it was is in its log."
    problem = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected", message)
    return JsonResponse(problem.body(), status=problem.status)


routes: list[URLPattern | URLResolver] = [
    *users.urlpatterns,
    *environments.urlpatterns,
    *catalogue.urlpatterns,
    *migrations.urlpatterns,
    *plugins.urlpatterns,
    *tasks.urlpatterns,
    *audit.urlpatterns,
    *schedules.urlpatterns,
    path("schema", SpectacularJSONAPIView.as_view(), name="schema"),
]
otherwise = re_path(r"^api/.*", nothing_here)
