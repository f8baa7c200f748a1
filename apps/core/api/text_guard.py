# [DEF:core.api.text_guard:Module]
# @COMPLEXITY: 2
# @PURPOSE: Refuses requests with text that no database takes, before any view looks for it.
# @RELATION CALLS -> contracts.plain_text
"""A NUL in an address, a form or a cookie is asked for nowhere, and PostgreSQL fails on it wherever it gets to. What
the API is sent as JSON is guarded by its parser, which can name the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from apps.contracts.plain_text import is_storable, storable
from apps.core.api.announced import Problem

API = "/api/"


class StorableText:
    """Outside of sessions, for a cookie names one; forms are looked at right before their view, when it is known that
    they were sent from a page of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _require(("address", [request.path]), ("cookies", _pairs(request.COOKIES)))
        odd = [name for name, values in request.GET.lists() if not all(map(is_storable, (name, *values)))]
        if odd and request.path_info.startswith(API):
            return _refused(odd)
        if odd:
            raise BadRequest("The query of this request holds characters that cannot be stored.")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        if not request.path_info.startswith(API):
            files = [file.name or "" for each in request.FILES.lists() for file in each[1]]
            _require(("form", _texts(request.POST)), ("files", files))


def _refused(names: list[str]) -> HttpResponse:
    """As the API refuses every other parameter."""
    fields = {storable(name): ["This holds a NUL, which cannot be stored."] for name in names}
    problem = Problem(HTTPStatus.BAD_REQUEST, "invalid", f"Check what was given for {', '.join(fields)}.", fields)
    return JsonResponse(problem.body(), status=problem.status)


def _require(*parts: tuple[str, Iterable[str]]) -> None:
    for name, texts in parts:
        if not all(map(is_storable, texts)):
            raise BadRequest(f"The {name} of this request holds characters that cannot be stored.")


def _texts(sent: Any) -> Iterable[str]:
    for name, values in sent.lists():
        yield name
        yield from values


def _pairs(sent: dict[str, str]) -> Iterable[str]:
    yield from sent.keys()
    yield from sent.values()
