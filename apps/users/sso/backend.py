# [DEF:users.sso.backend:Module]
# @COMPLEXITY: 3
# @PURPOSE: The sign-in of the OIDC library with every decision replaced by our own; the library exchanges the code
#   for tokens.
# @RELATION CALLS -> core.advice
# @RELATION INHERITS_FROM -> EXT:mozilla_django_oidc
# @RELATION CALLS -> users.sso.tokens
# @RELATION DEPENDS_ON -> users.services.sign_in
# @RELATION DEPENDS_ON -> audit.services
# @RELATION CALLS -> users.sso.accounts

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.conf import settings
from django.http import HttpRequest
from django.utils.text import format_lazy
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings

from apps.audit.services import record
from apps.core.advice import worded_for_everybody
from apps.users import messages
from apps.users.models import User
from apps.users.services.sign_in import NOBODY, REFUSED, SSO
from apps.users.sso.accounts import account_of
from apps.users.sso.provider import TIMEOUT, Provider, SsoRefused, SsoUnavailable, provider
from apps.users.sso.tokens import read_access_token, read_id_token

ID_TOKEN, SESSION_ID = "oidc_id_token", "sso_sid"
"""Keys of the session: what signing out at the provider requires, and the provider's name of the session."""


def library_setting(name: str, *default: Any) -> Any:
    """The settings of the library that are not constants."""
    match name:
        case "OIDC_OP_AUTHORIZATION_ENDPOINT":
            return provider().endpoint("authorization_endpoint")
        case "OIDC_VERIFY_SSL":
            return settings.SSO_CA_BUNDLE or True
        case "OIDC_TIMEOUT":
            return TIMEOUT
    return import_from_settings(name, *default)


@contextmanager
def on_record() -> Iterator[None]:
    """Record the refusal of a sign-in that was started here. Recording others would let anybody fill the audit."""
    try:
        yield
    except SsoRefused as refused:
        with worded_for_everybody():
            why = str(refused)
        record(actor=None, action=REFUSED, target=NOBODY, after={"why": why}, source=SSO)
        raise


class SsoBackend(OIDCAuthenticationBackend):
    """Django never calls it with a name and a password: its `authenticate` accepts neither."""

    get_settings = staticmethod(library_setting)

    def __init__(self) -> None:  # the library's reads settings that only the provider knows
        self.UserModel = User
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID
        self.OIDC_RP_CLIENT_SECRET = settings.OIDC_RP_CLIENT_SECRET

    @property
    def OIDC_OP_TOKEN_ENDPOINT(self) -> str:  # noqa: N802 - the library's name
        return self._provider.endpoint("token_endpoint")

    @property
    def _provider(self) -> Provider:
        return provider()

    def authenticate(self, request: HttpRequest, *, nonce: str, code_verifier: str | None) -> User | None:
        return super().authenticate(request, nonce=nonce, code_verifier=code_verifier)

    @on_record()
    def get_token(self, payload: dict[str, Any]) -> dict[str, Any]:
        try:
            response = super().get_token(payload)
        except requests.HTTPError as error:  # its text has the whole response
            status = error.response.status_code if error.response is not None else "-"
            raise SsoRefused(format_lazy(messages.SSO_REFUSED_BY_PROVIDER, status=status)) from None
        except (requests.RequestException, ValueError) as error:
            raise SsoUnavailable(messages.PROVIDER_AWAY.format(error=type(error).__name__)) from None
        if not isinstance(response, dict) or not isinstance(response.get("id_token"), str):
            raise SsoUnavailable(messages.PROVIDER_NO_ID_TOKEN)
        return response

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        nonce = kwargs.get("nonce") or ""
        with on_record():
            return read_id_token(token, provider=self._provider, client_id=self.OIDC_RP_CLIENT_ID, nonce=nonce)

    def get_or_create_user(self, access_token: str, _id_token: str, payload: dict[str, Any]) -> User:
        claims = payload
        if settings.SSO_ACCESS_TOKEN_AUDIENCE:
            audience = settings.SSO_ACCESS_TOKEN_AUDIENCE
            with on_record():
                read = read_access_token(access_token, provider=self._provider, audience=audience)
            claims = {**read, **payload}
        user = account_of(issuer=self._provider.issuer, claims=claims)
        user.sso_sid = sid if isinstance(sid := claims.get("sid"), str) else ""  # type: ignore[attr-defined]
        return user

    def get_user(self, user_id: int) -> User | None:
        """Like the password backend: the library's own would let in inactive accounts."""
        user = User.objects.filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def store_tokens(self, _access_token: str, id_token: str) -> None:
        """Kept by the view, once the person is let in."""
        self.request.sso_id_token = id_token
