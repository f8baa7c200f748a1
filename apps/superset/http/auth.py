# [DEF:superset.http.auth:Module]
# @COMPLEXITY: 3
# @PURPOSE: Signs in to a Superset and keeps the session valid.
# @RELATION DEPENDS_ON -> superset.http.transport
"""Verified on 6.1.0: an access token lives 15 minutes, a refresh token 30 days; `provider` db and ldap are the same
call.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from apps.superset.errors import AuthRejected, NotConfigured, SupersetError
from apps.superset.http.response_errors import Subject, refusal, unexpected
from apps.superset.http.responses import Response
from apps.superset.http.transport import Call
from apps.superset.messages.message import Message
from apps.superset.shapes import is_id

LOGIN_PATH = "/api/v1/security/login"
REFRESH_PATH = "/api/v1/security/refresh"

MARGIN = 60.0
"""A token that expires within this many seconds is renewed rather than used."""


@dataclass(frozen=True, slots=True)
class PasswordLogin:
    """A user in Superset's own database or its LDAP."""

    username: str
    password: str = field(repr=False)
    provider: Literal["db", "ldap"] = "db"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token obtained elsewhere; it cannot be renewed."""

    token: str = field(repr=False)


Credentials = PasswordLogin | AccessToken


class SignIn:
    """The tokens of one account. `send` sends a call, and retries it as a read if that can help.

    The clock only measures the age of a token: the server's own clock may be wrong.
    """

    def __init__(
        self,
        credentials: Credentials,
        send: Callable[[Call], Response],
        *,
        environment: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._credentials = credentials
        self._send = send
        self._environment = environment
        self._clock = clock
        self._access = credentials.token if isinstance(credentials, AccessToken) else ""
        self._refresh = ""
        self._ends: float | None = None

    def __repr__(self) -> str:
        return f"SignIn({self._credentials!r})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets that no error may contain."""
        return self._access, self._refresh

    def token(self) -> str:
        """An access token that is still valid for a while; signs in or renews it if needed."""
        if not self._access:
            self._log_in()
        elif self._ends is not None and self._clock() > self._ends:
            self.renew()
        return self._access

    def renew(self) -> None:
        """A new access token: by the refresh token if it is accepted, otherwise by signing in again."""
        if isinstance(self._credentials, AccessToken):
            raise AuthRejected(
                Message("error.token_expired"),
                environment=self._environment,
                next_step=Message("next.new_token"),
            )
        if not self._refreshed():
            self._log_in()

    def _refreshed(self) -> bool:
        if not self._refresh:
            return False
        answer = self._send(Call("POST", REFRESH_PATH, token=self._refresh))
        if answer.refuses_token:
            return False
        self._keep(answer)
        return True

    def _log_in(self) -> None:
        self._refresh = ""
        if isinstance(self._credentials, PasswordLogin):
            self._keep(self._send(login_call(self._credentials)))

    def _keep(self, answer: Response) -> None:
        if answer.status != 200:
            raise self._rejected(answer)
        access = answer.token("access_token")
        if not access:
            raise self._not_a_login(answer)
        self._access = access
        self._refresh = answer.token("refresh_token") or self._refresh
        lifetime = lifetime_of(access)
        self._ends = None if lifetime is None else self._clock() + max(lifetime - MARGIN, lifetime / 2)

    def _rejected(self, answer: Response) -> SupersetError:
        """Never in the server's words: a sign-in page may echo the input."""
        if answer.status == 401:
            return AuthRejected(Message("error.password_refused"), environment=self._environment)
        if answer.status in {400, 422} and answer.json is not None:
            detail = Message("error.provider_refused", provider=self._provider)
            return AuthRejected(detail, environment=self._environment)
        if answer.status in {404, 405}:
            return self._not_a_login(answer)
        quiet = Response(answer.method, answer.path, answer.status, answer.headers, b"{}")
        return refusal(quiet, Subject(self._environment))

    def _not_a_login(self, answer: Response) -> SupersetError:
        """The server has no Superset sign-in; a POST here writes nothing, so it is reported like a read."""
        if answer.is_html or answer.status != 200:
            return NotConfigured(
                Message("error.no_sign_in", path=LOGIN_PATH, status=answer.status),
                environment=self._environment,
                next_step=Message("next.not_superset"),
            )
        response = Response("GET", answer.path, answer.status, answer.headers, b"{}")
        return unexpected(response, Subject(self._environment), Message("error.wanted.access_token"))

    @property
    def _provider(self) -> str:
        return self._credentials.provider if isinstance(self._credentials, PasswordLogin) else ""


def login_call(credentials: PasswordLogin) -> Call:
    """`provider` must be sent: without it Superset 6.1.0 answers 500."""
    return Call(
        "POST",
        LOGIN_PATH,
        json={
            "username": credentials.username,
            "password": credentials.password,
            "provider": credentials.provider,
            "refresh": True,
        },
    )


def lifetime_of(token: str) -> float | None:
    """Lifetime of a JWT in seconds; None if the token does not contain it. Nothing is verified."""
    try:
        claims = _claims(token)
        lifetime = float(claims["exp"]) - float(claims["iat"])
    except (*UNREADABLE, KeyError, OverflowError):
        return None
    return lifetime if math.isfinite(lifetime) else None


def account_in(token: str) -> int | None:
    """The id of the account that a JWT was issued to, a text in its `sub` (seen on 4.1 to 6.1); None if the token does
    not contain it."""
    try:
        number = str(_claims(token)["sub"])
    except (*UNREADABLE, KeyError):
        return None
    plain = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    return int(number) if plain and is_id(int(number)) else None


LONGEST_NUMBER = 20
"""Digits."""

UNREADABLE = (IndexError, TypeError, ValueError, RecursionError, binascii.Error)


def _claims(token: str) -> Any:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
