# [DEF:users.sso.provider:Module]
# @COMPLEXITY: 3
# @PURPOSE: The organisation's OpenID provider: its address, its configuration, and its signing keys.
# @RELATION INHERITS_FROM -> core.errors
"""Made for AD FS, which calls itself by two names (`issuer` for id tokens, `access_token_issuer` for access tokens),
and for plain providers. Its configuration is read once an hour; an unknown key makes us read its keys again.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from django.conf import settings

from apps.core.errors import LockstepError
from apps.users import messages

ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
"""Algorithm → key type. Shared secrets and unsigned tokens are not accepted."""

TIMEOUT = (3.05, 10)
"""Seconds to connect and to respond."""

KEPT = 3600
REFRESHED = 30
"""Seconds for which a response is used; least seconds between two requests for keys."""

PAUSE_AFTER_FAILURE = 30
"""Seconds for which an unavailable provider is not contacted again, so that pages do not keep every thread waiting."""

LONGEST = 1_000_000


class SsoUnavailable(LockstepError):
    """The provider does not respond, or not as an OpenID provider."""

    kind = "sso_unavailable"


class SsoRefused(LockstepError):
    """The provider's response is not accepted, or the person has no access. `context` has what may be shown."""

    kind = "sso_refused"


@dataclass(slots=True)
class Provider:
    """One provider; its responses are shared by all threads of the process."""

    issuer: str
    ca_bundle: str = ""
    _described: dict[str, Any] = field(default_factory=dict)
    _described_at: float = 0.0
    _failed: str = ""
    _failed_at: float = 0.0
    _keys: list[dict[str, Any]] = field(default_factory=list)
    _keys_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def endpoint(self, name: str) -> str:
        """A URL from the provider's configuration; empty if it names none."""
        return str(self.description().get(name) or "")

    def description(self) -> dict[str, Any]:
        with self._lock:
            if not self._described or time.monotonic() - self._described_at > KEPT:
                self._described, self._described_at = self._describe_unless_paused(), time.monotonic()
            return self._described

    def key(self, key_id: str | None, algorithm: str) -> jwt.PyJWK:
        """The key with this id that fits the algorithm. SsoRefused if there is none, even after asking again."""
        found = self._find(self._known_keys(refresh=False), key_id, algorithm)
        if found is None:
            found = self._find(self._known_keys(refresh=True), key_id, algorithm)
        if found is None:
            raise SsoRefused(messages.ID_TOKEN_UNKNOWN_KEY)
        try:
            return jwt.PyJWK(found, algorithm=algorithm)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise SsoUnavailable(messages.PROVIDER_INVALID_KEY.format(error=type(error).__name__)) from None

    def keys(self) -> list[dict[str, Any]]:
        """The published keys that could be used."""
        return [key for key in self._known_keys(refresh=True) if _fits(key, "RS256") or _fits(key, "ES256")]

    def ask(self, url: str) -> requests.Response:
        """GET without redirects and with a size limit. SsoUnavailable says what is wrong."""
        if not _is_safe(url):
            raise SsoUnavailable(messages.PROVIDER_INSECURE.format(url=url))
        try:
            response = requests.get(url, timeout=TIMEOUT, verify=self.ca_bundle or True, allow_redirects=False)
        except requests.RequestException as error:
            raise SsoUnavailable(messages.PROVIDER_AWAY_AT.format(url=url, error=type(error).__name__)) from None
        if response.status_code != requests.codes.ok or len(response.content) > LONGEST:
            raise SsoUnavailable(messages.PROVIDER_STATUS.format(status=response.status_code, url=url))
        return response

    def _describe_unless_paused(self) -> dict[str, Any]:
        if self._failed and time.monotonic() - self._failed_at < PAUSE_AFTER_FAILURE:
            raise SsoUnavailable(self._failed)
        try:
            described = self._describe()
        except SsoUnavailable as error:
            self._failed, self._failed_at = str(error), time.monotonic()
            raise
        self._failed = ""
        return described

    def _describe(self) -> dict[str, Any]:
        described = _object(self.ask(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"))
        if described.get("issuer") != self.issuer:
            found = described.get("issuer")
            raise SsoUnavailable(messages.PROVIDER_OTHER_ISSUER.format(found=found, expected=self.issuer))
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _is_safe(str(described.get(name) or "")):
                raise SsoUnavailable(messages.PROVIDER_LACKS.format(name=name))
        return described

    def _known_keys(self, *, refresh: bool) -> list[dict[str, Any]]:
        address = self.endpoint("jwks_uri")
        with self._lock:
            age = time.monotonic() - self._keys_at
            if not self._keys or age > KEPT or (refresh and age > REFRESHED):
                found = _object(self.ask(address)).get("keys")
                self._keys = [key for key in found if isinstance(key, dict)] if isinstance(found, list) else []
                self._keys_at = time.monotonic()
            return self._keys

    @staticmethod
    def _find(keys: list[dict[str, Any]], key_id: str | None, algorithm: str) -> dict[str, Any] | None:
        fitting = [key for key in keys if _fits(key, algorithm)]
        if key_id is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.get("kid") == key_id), None)


def provider() -> Provider:
    """The provider named in the settings. LockstepError if single sign-on is not configured."""
    if not settings.SSO_ISSUER:
        raise LockstepError(messages.SSO_NOT_SET_UP)
    known = _providers.get(settings.SSO_ISSUER)
    if known is None:
        known = _providers[settings.SSO_ISSUER] = Provider(settings.SSO_ISSUER, settings.SSO_CA_BUNDLE)
    return known


_providers: dict[str, Provider] = {}


def _fits(key: dict[str, Any], algorithm: str) -> bool:
    curve = key.get("crv") in (None, "P-256")
    return (
        key.get("kty") == ALGORITHMS[algorithm]
        and curve
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )


def _object(response: requests.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SsoUnavailable(messages.PROVIDER_NOT_AN_OBJECT.format(url=response.url))
    return found


def _is_safe(url: str) -> bool:
    """Over TLS, or on this machine for trials and tests."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"})
