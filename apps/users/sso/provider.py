# [DEF:users.sso.provider:Module]
# @COMPLEXITY: 3
# @PURPOSE: The organisation's OpenID provider: where it is, what it says of itself, and the keys it signs with.
# @RELATION INHERITS_FROM -> core.errors
"""Made for AD FS, which calls itself by two names (`issuer` for id tokens, `access_token_issuer` for access tokens),
and for plain providers. What it says is asked once in an hour; an unknown key makes its keys be asked again.
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

ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
"""Algorithm → type of its key. No shared secret is a key, and nothing unsigned is a token."""

TIMEOUT = (3.05, 10)
"""Seconds to connect and to answer."""

KEPT = 3600
REFRESHED = 30
"""Seconds for which an answer is used; seconds that pass at least before keys are asked for again."""

SPARED = 30
"""Seconds for which one that did not answer is not asked again: else whoever asks for its page keeps every thread
waiting."""

LONGEST = 1_000_000


class SsoUnavailable(LockstepError):
    """The provider does not answer, or not as one."""

    kind = "sso_unavailable"


class SsoRefused(LockstepError):
    """The provider's answer is not accepted, or the person has no access here. `context` tells what may be shown."""

    kind = "sso_refused"


@dataclass(slots=True)
class Provider:
    """One provider; its answers are shared by all threads of the process."""

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
        """An address from the provider's own description; empty where it names none."""
        return str(self.description().get(name) or "")

    def description(self) -> dict[str, Any]:
        with self._lock:
            if not self._described or time.monotonic() - self._described_at > KEPT:
                self._described, self._described_at = self._describe_unless_spared(), time.monotonic()
            return self._described

    def key(self, key_id: str | None, algorithm: str) -> jwt.PyJWK:
        """The key with this id that fits the algorithm. SsoRefused if there is none, even after asking again."""
        found = self._find(self._known_keys(refresh=False), key_id, algorithm)
        if found is None:
            found = self._find(self._known_keys(refresh=True), key_id, algorithm)
        if found is None:
            raise SsoRefused("The token is signed with a key that the provider does not publish.")
        try:
            return jwt.PyJWK(found, algorithm=algorithm)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise SsoUnavailable(f"The provider publishes a key that is none ({type(error).__name__}).") from None

    def keys(self) -> list[dict[str, Any]]:
        """The published keys that could be used."""
        return [key for key in self._known_keys(refresh=True) if _fits(key, "RS256") or _fits(key, "ES256")]

    def ask(self, url: str) -> requests.Response:
        """GET without redirects and with a limit of size. SsoUnavailable names what is wrong."""
        if not _is_safe(url):
            raise SsoUnavailable(f"{url} is not asked: a provider is reached over https only.")
        try:
            answer = requests.get(url, timeout=TIMEOUT, verify=self.ca_bundle or True, allow_redirects=False)
        except requests.RequestException as error:
            raise SsoUnavailable(f"The provider does not answer at {url} ({type(error).__name__}).") from None
        if answer.status_code != requests.codes.ok or len(answer.content) > LONGEST:
            raise SsoUnavailable(f"The provider answered {answer.status_code} at {url}.")
        return answer

    def _describe_unless_spared(self) -> dict[str, Any]:
        if self._failed and time.monotonic() - self._failed_at < SPARED:
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
            raise SsoUnavailable(
                f"The provider calls itself “{described.get('issuer')}”, not “{self.issuer}”: set LOCKSTEP_SSO_ISSUER "
                "to exactly that."
            )
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _is_safe(str(described.get(name) or "")):
                raise SsoUnavailable(f"The provider's description has no usable {name}.")
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
    """The one that the settings name. LockstepError if single sign-on is not set up."""
    if not settings.SSO_ISSUER:
        raise LockstepError("Single sign-on is not set up here: sign in with a password.")
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


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SsoUnavailable(f"The provider did not answer with an object at {answer.url}.")
    return found


def _is_safe(url: str) -> bool:
    """Over TLS, or on this machine: for tries and tests."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"})
