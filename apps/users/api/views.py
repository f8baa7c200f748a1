# [DEF:users.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: The session of the API: sign-in, sign-out, password, and your own tokens.
# @RELATION DEPENDS_ON -> core.api.authentication

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import version
from typing import Any, ClassVar, cast

import django_filters
from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.db.models import Q, QuerySet
from django.middleware.csrf import get_token
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.authentication import SessionAuthentication
from apps.core.api.filters import Filters, MomentFilter
from apps.core.api.problems import Problem, respond
from apps.core.api.strict import StrictInput
from apps.users import messages
from apps.users.api.acting import actor_of
from apps.users.api.serializers import (
    NewTokenSerializer,
    PasswordSerializer,
    PreferencesSerializer,
    SessionSerializer,
    SignInSerializer,
    TokenMadeSerializer,
    TokenSerializer,
)
from apps.users.models import ApiToken, TokenState, User
from apps.users.policies import is_administrator, session_actions
from apps.users.services import sign_in, tokens
from apps.users.services.preferences import prefer, preferences_of


class SessionView(StrictInput, APIView):
    """Who is signed in, and what they may do."""

    permission_classes = (AllowAny,)

    @extend_schema(responses=SessionSerializer)
    def get(self, request: Request) -> Response:
        return _session_data(request)

    @extend_schema(request=SignInSerializer, responses=SessionSerializer)
    def post(self, request: Request) -> Response:
        SessionAuthentication().enforce_csrf(request)  # which REST framework asks of signed-in users only
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = sign_in.authenticated_user(request=request._request, **given.validated_data)  # noqa: SLF001 - Django's own request
        login(request._request, user)  # noqa: SLF001
        request.user = user
        return _session_data(request)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        logout(request._request)  # noqa: SLF001 - Django's own request
        return Response(status=HTTPStatus.NO_CONTENT)


class PreferencesView(StrictInput, APIView):
    session_only = True
    before_password_change = True

    @extend_schema(request=PreferencesSerializer, responses=PreferencesSerializer)
    def patch(self, request: Request) -> Response:
        given = PreferencesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(prefer(user=actor_of(request), **given.validated_data))


class AllSessionsView(StrictInput, APIView):
    session_only = True
    before_password_change = True

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        user = actor_of(request)
        sign_in.end_all_sessions(actor=user, user=user)
        logout(request._request)  # noqa: SLF001 - Django's own request
        return Response(status=HTTPStatus.NO_CONTENT)


class PasswordView(StrictInput, APIView):
    session_only = True
    before_password_change = True

    @extend_schema(request=PasswordSerializer, responses={204: None})
    def put(self, request: Request) -> Response:
        given = PasswordSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = actor_of(request)
        sign_in.change_password(user=user, **given.validated_data)
        update_session_auth_hash(request._request, user)  # noqa: SLF001 - Django's own request
        return Response(status=HTTPStatus.NO_CONTENT)


class TokenFilter(Filters):
    state = django_filters.ChoiceFilter(choices=TokenState.choices, method="by_state")
    created_after = MomentFilter(field_name="created", lookup_expr="gte")
    created_before = MomentFilter(field_name="created", lookup_expr="lt")
    expires_after = MomentFilter(field_name="expires", lookup_expr="gte")
    expires_before = MomentFilter(field_name="expires", lookup_expr="lt")

    class Meta:
        model = ApiToken
        fields: ClassVar = ("scope",)

    def by_state(self, found: QuerySet[ApiToken], _: str, value: str) -> QuerySet[ApiToken]:
        valid = Q(revoked=None, expires__gt=timezone.now())
        states = {
            TokenState.VALID: valid,
            TokenState.REVOKED: Q(revoked__isnull=False),
            TokenState.EXPIRED: ~valid & Q(revoked=None),
        }
        return found.filter(states[TokenState(value)])


class TokenList(StrictInput, generics.ListAPIView[ApiToken]):
    """Your own tokens."""

    session_only = True
    serializer_class = TokenSerializer
    queryset = ApiToken.objects.none()
    filterset_class = TokenFilter
    search_fields = ("name",)
    ordering_fields = ("id", "name", "created", "expires", "last_used")
    ordering = ("-id",)

    def get_queryset(self) -> Any:
        return ApiToken.objects.filter(user=cast("User", self.request.user))

    @extend_schema(request=NewTokenSerializer, responses={201: TokenMadeSerializer})
    def post(self, request: Request) -> Response:
        serializer = NewTokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token, text = tokens.create_token(user=actor_of(request), **serializer.validated_data)
        return Response({**TokenSerializer(token).data, "token": text}, status=HTTPStatus.CREATED)


class TokenDetail(StrictInput, APIView):
    session_only = True

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        user = actor_of(request)
        tokens.revoke_token(actor=user, token=tokens.get_token(user=user, number=pk))
        return Response(status=HTTPStatus.NO_CONTENT)


def _session_data(request: Request) -> Response:
    csrf = get_token(request._request)  # noqa: SLF001 - Django's own request
    ways = ["password", "sso"] if settings.SSO_ISSUER else ["password"]
    if not isinstance(request.user, User):
        extra = {"csrf_token": csrf, "sign_in": ways}
        return respond(Problem(HTTPStatus.UNAUTHORIZED, "not_authenticated", str(messages.SIGN_IN_FIRST), extra=extra))
    user = request.user
    user.administrator = is_administrator(user)  # type: ignore[attr-defined]
    user.preferences = preferences_of(user)  # type: ignore[attr-defined]
    facts = {
        "user": user,
        "roles": user.grants.select_related("role"),
        "permissions": user.access.permissions_data(),
        "csrf_token": csrf,
        "sign_in": ways,
        "version": version("lockstep"),
        "allowed_actions": session_actions(user),
    }
    return Response(SessionSerializer(facts).data)
