"""Tells the audit that a request came through the admin or the API."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.audit.surface import through


def surface(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The first part of the path names the surface: `/admin/…`, `/api/…`."""

    def answer(request: HttpRequest) -> HttpResponse:
        with through(request.path_info.strip("/").partition("/")[0][:20] or "web"):
            return get_response(request)

    return answer
