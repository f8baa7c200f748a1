# [DEF:users.sso.tokens:Module]
# @COMPLEXITY: 2
# @PURPOSE: Reading a token of the provider. Nothing in it is trusted before its signature and its audience are
#   checked.
"""The OIDC library checks neither audience nor issuer, and crashes on an expired token (5.0.2, `_verify_jws`)."""

from __future__ import annotations

import hmac
from typing import Any

import jwt
from django.utils.text import format_lazy

from apps.contracts.plain_text import one_line, unstorable_in
from apps.users import messages
from apps.users.sso.claims import NOT_KEPT
from apps.users.sso.provider import ALGORITHMS, Provider, SsoRefused

SKEW = 90
"""Seconds by which the clocks may differ."""

LONGEST_NAME = 40
LONGEST_SUBJECT = 255
"""Characters; a subject is compared as a whole, so a longer one cannot be cut."""

NEEDED = ["exp", "iat", "aud", "iss", "sub"]


def read_id_token(token: str, *, provider: Provider, client_id: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token that the provider made for us, now, in response to our request."""
    claims = _read(token, provider=provider, issuer=provider.issuer, audience=client_id, needed=NEEDED)
    parties = claims["aud"]
    several = isinstance(parties, list) and len(parties) > 1
    if (several or "azp" in claims) and claims.get("azp") != client_id:
        raise SsoRefused(messages.ID_TOKEN_OTHER_AUDIENCE)
    found = claims.get("nonce")
    if (
        not nonce
        or not isinstance(found, str)
        or not hmac.compare_digest(found.encode(errors="replace"), nonce.encode())
    ):
        raise SsoRefused(messages.ID_TOKEN_OTHER_SIGN_IN)
    return claims


def read_access_token(token: str, *, provider: Provider, audience: str) -> dict[str, Any]:
    """The claims of an access token, for providers that put groups only there. AD FS signs it under a second name."""
    issuer = provider.endpoint("access_token_issuer") or provider.issuer
    return _read(token, provider=provider, issuer=issuer, audience=audience, needed=["exp", "iat", "aud", "iss"])


def _read(token: str, *, provider: Provider, issuer: str, audience: str, needed: list[str]) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise SsoRefused(format_lazy(messages.ID_TOKEN_ALGORITHM, algorithm=one_line(algorithm, LONGEST_NAME)))
        claims: dict[str, Any] = jwt.decode(
            token,
            provider.key(key_id if isinstance(key_id, str) else None, algorithm).key,
            algorithms=[algorithm],
            audience=audience,
            issuer=issuer,
            leeway=SKEW,
            options={"require": needed},
        )
    except jwt.PyJWTError as error:
        raise SsoRefused(format_lazy(messages.ID_TOKEN_REFUSED, error=type(error).__name__)) from None
    except (TypeError, ValueError, OverflowError, RecursionError, AttributeError, LookupError) as error:
        # The library checks no types: `exp` as Infinity or as a list, claims without an end (2.10, `api_jwt`)
        raise SsoRefused(format_lazy(messages.ID_TOKEN_MALFORMED, error=type(error).__name__)) from None
    if not isinstance(claims.get("sub", ""), str) or not claims.get("sub", "x"):
        raise SsoRefused(messages.ID_TOKEN_NO_SUBJECT)
    if len(claims.get("sub", "")) > LONGEST_SUBJECT:
        raise SsoRefused(format_lazy(messages.ID_TOKEN_LONG_SUBJECT, limit=LONGEST_SUBJECT))
    if place := unstorable_in({name: value for name, value in claims.items() if name not in NOT_KEPT}):
        raise SsoRefused(format_lazy(messages.ID_TOKEN_UNSTORABLE, claim=one_line(place, LONGEST_NAME)))
    return claims
