# [DEF:audit.middleware:Module]
# @COMPLEXITY: 2
# @PURPOSE: Sets the origin of audit entries for a request: the admin or the API, and the address.

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.audit.origin import acting_through

HEADER = "X-Request-ID"


def surface(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The first part of the path names the surface: `/admin/…`, `/api/…`. Each response has the id of its request, so
    that what a person saw can be found in the audit."""

    def respond(request: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        vars(request)["request_id"] = request_id  # for what Django logs of the request when its answer has left here
        name = request.path_info.strip("/").partition("/")[0][:20] or "web"
        with acting_through(name, address=request.META.get("REMOTE_ADDR") or "", request_id=request_id):
            response = get_response(request)
        response[HEADER] = request_id
        return response

    return respond
