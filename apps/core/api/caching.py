# [DEF:core.api.caching:Module]
# @COMPLEXITY: 2
# @PURPOSE: Unchanged responses are not sent again.

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_cache_control

PREFIX = "/api/"


class ConditionalAnswers(ConditionalGetMiddleware):
    """Responses of the API to GET have an ETag; a client that already has the content gets 304 without it.

    Proxies do not store them, and browsers revalidate each time. Pages of the admin are excluded, since each has a CSRF
    token of its own.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return response
        patch_cache_control(response, private=True, no_cache=True)
        return super().process_response(request, response) if response.status_code == HTTPStatus.OK else response
