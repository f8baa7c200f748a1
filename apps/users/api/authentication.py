# [DEF:users.api.authentication:Module]
# @COMPLEXITY: 3
# @PURPOSE: Authentication of scripts: `Authorization: Bearer lockstep_…`.
# @RELATION DEPENDS_ON -> users.services.tokens

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.users import messages
from apps.users.models import ApiToken, User
from apps.users.services.tokens import bearer

SCHEME = b"bearer"


class TokenAuthentication(BaseAuthentication):
    """A request with an API token needs no CSRF token: no browser sends it by itself."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, text = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME:
            return None
        found = bearer(text.strip().decode("ascii", "replace"))
        if found is None:
            raise AuthenticationFailed(str(messages.TOKEN_INVALID), "invalid_token")
        return found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # found by its base class
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Bearer")  # noqa: S106 - a scheme
