# [DEF:project.web.api_docs:Module]
# @COMPLEXITY: 2
# @PURPOSE: The page to read and try the API: Swagger UI on the OpenAPI document, with our own files alone.
"""drf-spectacular's page would need inline scripts and styles, which our policy forbids."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.core.api.announced import Problem
from project import messages

METHODS = ("GET", "HEAD")


def api_docs(request: HttpRequest) -> HttpResponse:
    if request.method in METHODS:
        return _page(request)
    detail = messages.PROBE_METHOD.format(method=request.method)
    refused = Problem(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", detail).response()
    refused["Allow"] = ", ".join(METHODS)
    return refused


@login_required
def _page(request: HttpRequest) -> HttpResponse:
    return render(request, "api_docs.html", {"schema": reverse("api:schema"), "home": reverse("admin:index")})
