# [DEF:core.api.caching:Module]
# @COMPLEXITY: 2
# @PURPOSE: Answers that did not change are not sent again.

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_cache_control

PREFIX = "/api/"


class ConditionalAnswers(ConditionalGetMiddleware):
    """The API's answers to GET carry an ETag, and one that the client has already is answered 304 without its content.

    No proxy keeps them, and a browser asks each time. Pages of the admin are left out: each has a token of its own.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return response
        patch_cache_control(response, private=True, no_cache=True)
        return super().process_response(request, response) if response.status_code == HTTPStatus.OK else response
