# [DEF:core.api.text_guard:Module]
# @COMPLEXITY: 2
# @PURPOSE: Refuses requests with text that databases cannot store, before they reach a view.
# @RELATION CALLS -> contracts.plain_text
"""No view expects a NUL in an address, a form or a cookie, and PostgreSQL fails on it. JSON bodies are checked by the
parser of the API, which can name the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from apps.contracts.plain_text import is_storable, storable
from apps.core import messages
from apps.core.api.announced import Problem

API = "/api/"


class StorableText:
    """Runs before the session middleware, which reads a cookie. Forms are checked right before their view, after the
    CSRF check."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _require(("address", [request.path]), ("cookies", _pairs(request.COOKIES)))
        odd = [name for name, values in request.GET.lists() if not all(map(is_storable, (name, *values)))]
        if odd and request.path_info.startswith(API):
            return _refused(odd)
        if odd:
            raise BadRequest(messages.QUERY_NOT_STORABLE)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        if not request.path_info.startswith(API):
            files = [file.name or "" for each in request.FILES.lists() for file in each[1]]
            _require(("form", _texts(request.POST)), ("files", files))


def _refused(names: list[str]) -> HttpResponse:
    """As the API refuses any other invalid parameter."""
    fields = {storable(name): [str(messages.HAS_NUL)] for name in names}
    detail = messages.CHECK_FIELDS.format(fields=", ".join(fields))
    return Problem(HTTPStatus.BAD_REQUEST, "invalid", detail, fields).response()


def _require(*parts: tuple[str, Iterable[str]]) -> None:
    for name, texts in parts:
        if not all(map(is_storable, texts)):
            raise BadRequest(messages.PART_NOT_STORABLE.format(part=name))


def _texts(sent: Any) -> Iterable[str]:
    for name, values in sent.lists():
        yield name
        yield from values


def _pairs(sent: dict[str, str]) -> Iterable[str]:
    yield from sent.keys()
    yield from sent.values()
