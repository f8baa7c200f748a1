# [DEF:project.metrics.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: `/metrics`: for a scraper with the token of the settings, or for whoever may see the metrics.
# @RELATION DEPENDS_ON -> project.metrics.requests
# @RELATION CALLS -> project.metrics.exposition
# @RELATION DEPENDS_ON -> core.api.authentication
# @RELATION DEPENDS_ON -> users.access
# @RELATION DEPENDS_ON -> users.models
"""Labels name environments, machines and routes, so a stranger gets none of them, and without the token in the settings
there is no way in but an account."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.api.authentication import SessionAuthentication
from apps.core.api.strict import StrictInput
from apps.users.access import Access, Permission
from apps.users.api.authentication import TokenAuthentication
from apps.users.models import User
from project.metrics.requests import requests_of

VIEW = "metrics.view"


class ScraperAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` with LOCKSTEP_METRICS_TOKEN; other tokens are left to the next authentication. Whoever
    has it is nobody, and may see the metrics."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        expected: str = settings.METRICS_TOKEN
        scheme, _, given = get_authorization_header(request).partition(b" ")
        if not expected or scheme.lower() != b"bearer" or not secrets.compare_digest(given.strip(), expected.encode()):
            return None
        scraper = User(username="metrics", is_active=True)
        scraper.access = Access([Permission(VIEW)], own=())
        return scraper, VIEW

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - REST framework's signature
        return "Bearer"


class OneFormat(BaseContentNegotiation):
    """Prometheus asks for formats that REST framework does not know; there is one, which all its versions read."""

    def select_parser(self, request: Request, parsers: Any) -> Any:  # noqa: ARG002
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:  # noqa: ARG002
        return renderers[0], renderers[0].media_type


class Metrics(StrictInput, APIView):
    authentication_classes = (ScraperAuthentication, SessionAuthentication, TokenAuthentication)
    content_negotiation_class = OneFormat
    schema = None  # none of the API's: it has a format of its own
    required_permission = VIEW
    everywhere = True

    def get(self, request: Request) -> HttpResponse:
        from project.metrics import exposition  # noqa: PLC0415 - loaded only where somebody scrapes

        body = exposition.exposition(requests_of(request._request))  # noqa: SLF001 - the one that the middleware saw
        response = HttpResponse(body, content_type=exposition.CONTENT_TYPE)
        response["Cache-Control"] = "no-store"
        return response
