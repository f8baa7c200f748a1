"""A person in a browser session of Lockstep's API, to approve what another planned: there is no command for that."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import urllib.error
import urllib.request
from typing import Any

from rig.errors import RigError

TIMEOUT = 60


class Person:
    """Signed in with a password until `sign_out`."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = url
        self._token = ""
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))
        self._token = self._ask("GET", "session")["extra"]["csrf_token"]
        self._token = self._ask("POST", "session", username=username, password=password)["csrf_token"]

    def approve(self, migration: int, *, note: str) -> None:
        """Approve the plan as it is now."""
        checksum = self._ask("GET", f"migrations/{migration}")["plan"]["checksum"]
        self._ask("POST", f"migrations/{migration}/approve", checksum=checksum, note=note)

    def sign_out(self) -> None:
        self._ask("DELETE", "session")

    def _ask(self, method: str, path: str, **sent: Any) -> Any:
        """The document of the response, or of the 401 that tells an anonymous one the token; RigError if refused."""
        body = json.dumps(sent).encode() if sent else None
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token}
        request = urllib.request.Request(f"{self._url}/api/v1/{path}", body, headers, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as refused:
            with refused:
                answer = refused.read()
            if refused.code == http.client.UNAUTHORIZED and not self._token:
                return json.loads(answer)
            raise RigError(f"{method} {path}: {refused.code} {answer[:500].decode(errors='replace')}") from None
        except (OSError, http.client.HTTPException) as error:
            raise RigError(f"Lockstep did not respond to {method} {path}: {error}") from error
