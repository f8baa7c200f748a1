# [DEF:project.web.language:Module]
# @COMPLEXITY: 3
# @PURPOSE: The language of a response: that of the signed-in user, else what the client asks for, else English.
# @RELATION CALLS -> users.services.language
"""After the authentication, which Django's own LocaleMiddleware comes before: it cannot know the user. A request with a
token is read by a program, which says by Accept-Language what it wants.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import override

from apps.users.services.language import language_for


def language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def respond(request: HttpRequest) -> HttpResponse:
        chosen = language_for(request.user, request.headers.get("Accept-Language", ""))
        with override(chosen):
            response = get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return respond
