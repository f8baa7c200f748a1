"""A plain client of Superset's REST API for fixtures and checks, with the standard library only."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any

from rig.errors import RigError
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD

TIMEOUT = 120
PAGE = 100  # Superset gives no more
ORDER = "changed_on_delta_humanized"  # the only column that all four lists can be ordered by


class RestError(RigError):
    """A response of 400 and above, with its body."""

    def __init__(self, method: str, path: str, status: int, body: bytes) -> None:
        super().__init__(f"{method} {path}: {status} {body[:500].decode(errors='replace')}")
        self.status = status
        self.body = body


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


class Superset:
    """One server, logged in."""

    def __init__(
        self, url: str, *, username: str = ADMIN, password: str = ADMIN_PASSWORD, provider: str = "db"
    ) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Accept": "application/json"}
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            urllib.request.ProxyHandler({}),
            _NoRedirect(),
        )
        credentials = {"username": username, "password": password, "provider": provider}
        token = self.send("POST", "security/login", json.dumps(credentials).encode(), "application/json")
        self._headers["Authorization"] = f"Bearer {json.loads(token)['access_token']}"

    def send(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        """One request under /api/v1/; RestError for anything but success."""
        headers = {**self._headers, **({"Content-Type": content_type} if content_type else {})}
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", body, headers, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise RestError(method, path, error.code, error.read()) from None
        except (OSError, http.client.HTTPException) as error:
            raise RigError(f"{self.url} did not respond to {method} {path}: {error}") from error

    # --- reading

    def get(self, path: str) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.send("GET", path))
        return parsed

    def one(self, resource: str, pk: int | str) -> dict[str, Any]:
        """The `result` field of one asset."""
        result: dict[str, Any] = self.get(f"{resource}/{pk}")["result"]
        return result

    def charts_of(self, dashboard: int) -> list[int]:
        """The numbers of the charts linked to a dashboard, sorted."""
        return sorted(int(chart["id"]) for chart in self.get(f"dashboard/{dashboard}/charts")["result"])

    def rows(self, resource: str, *columns: str) -> list[dict[str, Any]]:
        """All rows of a list with these columns."""
        rows: list[dict[str, Any]] = []
        while True:
            query = f"(columns:!({','.join(columns)}),order_column:{ORDER},page:{len(rows) // PAGE},page_size:{PAGE})"
            page = self.get(f"{resource}/?q={urllib.parse.quote(query)}")
            rows += page["result"]
            if not page["result"] or len(rows) >= page["count"]:
                return rows

    def export(self, resource: str, ids: list[int]) -> bytes:
        """The ZIP of these assets."""
        return self.send("GET", f"{resource}/export/?q=!({','.join(map(str, ids))})")

    # --- writing

    def _write(self, method: str, path: str, body: bytes | None, content_type: str) -> dict[str, Any]:
        if "X-CSRFToken" not in self._headers:
            self._headers["X-CSRFToken"] = self.get("security/csrf_token/")["result"]
        answer: dict[str, Any] = json.loads(self.send(method, path, body, content_type) or b"{}")
        return answer

    def post(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        return self._write("POST", path, json.dumps(fields).encode(), "application/json")

    def create(self, resource: str, fields: dict[str, Any]) -> int:
        """Create an asset; its id."""
        return int(self.post(f"{resource}/", fields)["id"])

    def update(self, resource: str, pk: int, fields: dict[str, Any]) -> None:
        self._write("PUT", f"{resource}/{pk}", json.dumps(fields).encode(), "application/json")

    def delete(self, resource: str, pk: int | str) -> None:
        self._write("DELETE", f"{resource}/{pk}", None, "")

    def upload(self, resource: str, bundle: bytes, *, part: str = "formData", **fields: str) -> None:
        """Import a bundle; `overwrite="true"` and the like are form fields."""
        content_type, body = _multipart(bundle, part, fields)
        self._write("POST", f"{resource}/import/", body, content_type)


def _multipart(bundle: bytes, part: str, fields: dict[str, str]) -> tuple[str, bytes]:
    boundary = uuid.uuid4().hex
    lines = []
    for name, value in fields.items():
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"', "", value]
    lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{part}"; filename="bundle.zip"']
    head = "\r\n".join([*lines, "Content-Type: application/zip", "", ""]).encode()
    return f"multipart/form-data; boundary={boundary}", head + bundle + f"\r\n--{boundary}--\r\n".encode()
