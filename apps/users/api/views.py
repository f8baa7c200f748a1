from __future__ import annotations

from typing import Any

from django.contrib.auth import login, logout
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle, BaseThrottle
from rest_framework.views import APIView

from apps.core.api.authentication import SessionAuthentication
from apps.users.api.serializers import SessionSerializer, SignInSerializer
from apps.users.services import authenticated_user


class SignInThrottle(AnonRateThrottle):
    scope = "sign_in"


class SessionView(APIView):
    """Who is signed in; signing in and out."""

    permission_classes = (AllowAny,)

    def get_throttles(self) -> list[BaseThrottle]:
        return [SignInThrottle()] if self.request.method == "POST" else []

    @extend_schema(responses=SessionSerializer)
    def get(self, request: Request) -> Response:
        """Who is signed in, and the CSRF token (also set as a cookie). Answers anonymous requests, too."""
        return _told(request)

    @extend_schema(request=SignInSerializer, responses=SessionSerializer)
    def post(self, request: Request) -> Response:
        """Sign in. The CSRF token changes with it."""
        SessionAuthentication().enforce_csrf(request)  # which REST framework asks of signed-in users only
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticated_user(request=request._request, **given.validated_data)  # noqa: SLF001 - Django's own request
        login(request._request, user)  # noqa: SLF001
        request.user = user
        return _told(request)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Sign out."""
        logout(request._request)  # noqa: SLF001 - Django's own request
        return Response(status=204)


def _told(request: Request) -> Response:
    facts: dict[str, Any] = {
        "user": request.user if request.user.is_authenticated else None,
        "csrf_token": get_token(request._request),  # noqa: SLF001 - Django's own request
    }
    return Response(SessionSerializer(facts).data)
