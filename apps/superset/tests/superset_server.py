"""A stand-in for one Superset: a real HTTP server on loopback that signs in, checks CSRF and replays recorded answers.

It answers as 6.1.0 was recorded; `script` puts other answers before them, among them the misbehaviour of networks.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import rison  # type: ignore[import-untyped]

RECORDINGS = Path(__file__).parent / "recordings" / "6.1"
LOGIN_PAGE = (
    '<!DOCTYPE html><div data-bootstrap="{&#34;version_string&#34;: &#34;6.1.0&#34;, &#34;build&#34;: 1, '
    '&#34;common&#34;: {&#34;conf&#34;: {&#34;AUTH_TYPE&#34;: 1}}}">'
)
CSRF_COOKIE = "session_dev"
NAMES = {
    "database": "database_name",
    "dataset": "table_name",
    "chart": "slice_name",
    "dashboard": "dashboard_title",
}


@dataclass(frozen=True)
class Reply:
    """An answer out of turn. `misbehave` gets the socket instead of any answer."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    misbehave: Callable[[socket.socket], None] | None = None


@dataclass(frozen=True)
class Seen:
    """One request as it arrived. `connection` is the port it came from, another one for each connection."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def query(self) -> Any:
        return rison.loads(unquote(urlsplit(self.path).query.removeprefix("q=")))


def recorded(name: str) -> Any:
    return json.loads((RECORDINGS / name).read_text(encoding="utf-8"))


def jwt(serial: int, lifetime: float = 900) -> str:
    """A token of the shape that Superset issues; nobody checks the signature."""
    claims = {"sub": "1", "jti": str(serial), "iat": 1_795_000_000, "exp": 1_795_000_000 + lifetime}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.signature-{serial:04}"


class SupersetServer(ThreadingHTTPServer):
    """Use it in a `with`; `url` is its address. User `ada`, password `lovelace-1815`, provider db."""

    daemon_threads = True
    username, password, provider = "ada", "lovelace-1815", "db"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.seen: list[Seen] = []
        self.rows = {kind: recorded(f"{kind}.json")["result"] for kind in ("database", "dataset", "chart", "dashboard")}
        self.bundle = (RECORDINGS / "all.zip").read_bytes()
        self.rows["rowlevelsecurity"] = []
        self.rows["report"] = []
        self.access: set[str] = set()
        self.refresh: set[str] = set()
        self.csrf: dict[str, str] = {}
        self.lifetime = 900.0
        self.largest_page = 100
        self.closing = threading.Event()
        self.serial = 0
        self._scripts: dict[str, deque[Reply]] = defaultdict(deque)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what many tests are about."""

    def script(self, path: str, *replies: Reply) -> None:
        """Answer the next requests whose path starts so with these, one each, in order."""
        self._scripts[path].extend(replies)

    def scripted(self, path: str) -> Reply | None:
        waiting = [script for start, script in self._scripts.items() if script and path.startswith(start)]
        return waiting[0].popleft() if waiting else None

    def revoke(self, *, refresh: bool = False) -> None:
        """From now on all access tokens are refused, and on request the refresh tokens."""
        self.access.clear()
        if refresh:
            self.refresh.clear()

    def issue(self, tokens: set[str]) -> str:
        self.serial += 1
        token = jwt(self.serial, self.lifetime)
        tokens.add(token)
        return token

    def asked(self, method: str = "", path: str = "") -> list[Seen]:
        return [seen for seen in self.seen if seen.method.startswith(method) and path in seen.path]

    def drop(self) -> Reply:
        """Close the connection in place of an answer."""
        return Reply(misbehave=lambda connection: connection.shutdown(socket.SHUT_RDWR))

    def hang(self) -> Reply:
        """Never answer."""
        return Reply(misbehave=lambda connection: _wait(self.closing))

    def drip(self, start: bytes) -> Reply:
        """Send this, and then a byte now and then, for ever."""
        return Reply(misbehave=lambda connection: _drip(connection, start, self.closing))


def _wait(closing: threading.Event) -> None:
    closing.wait(10)


def _drip(connection: socket.socket, start: bytes, closing: threading.Event) -> None:
    connection.sendall(start)
    while not closing.wait(0.01):
        connection.sendall(b"x")


class _Handler(BaseHTTPRequestHandler):
    server: SupersetServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        pass

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_PUT = do_DELETE = do_GET

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, self.path, dict(self.headers), body, self.client_address[1])
        self.server.seen.append(seen)
        reply = self.server.scripted(self.path) or answer(self.server, seen)
        if reply.misbehave:
            self.close_connection = True
            reply.misbehave(self.connection)
            return
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        kind = {} if "Content-Type" in reply.headers else {"Content-Type": "application/json; charset=utf-8"}
        self.send_response_only(reply.status)
        for name, value in {**kind, **reply.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def answer(server: SupersetServer, seen: Seen) -> Reply:
    """As 6.1.0 does: first what is open to all, then CSRF, then the token, then the view."""
    route = urlsplit(seen.path).path
    if route in OPEN:
        return OPEN[route](server, seen)
    return _csrf_refusal(server, seen) or _token_refusal(server, seen) or _view(server, seen, route)


def _login(server: SupersetServer, seen: Seen) -> Reply:
    asked = json.loads(seen.body)
    if asked.get("provider") != server.provider:
        return Reply(400, {"message": {"provider": ["Alternative authentication provider is not allowed"]}})
    if (asked["username"], asked["password"]) != (server.username, server.password):
        return Reply(401, {"message": "Not authorized"})
    return Reply(body={"access_token": server.issue(server.access), "refresh_token": server.issue(server.refresh)})


def _refresh(server: SupersetServer, seen: Seen) -> Reply:
    if _bearer(seen) not in server.refresh:
        return Reply(401, {"msg": "Token has expired"})
    return Reply(body={"access_token": server.issue(server.access)})


def _csrf_refusal(server: SupersetServer, seen: Seen) -> Reply | None:
    if seen.method == "GET":
        return None
    session = seen.headers.get("Cookie", "").removeprefix(f"{CSRF_COOKIE}=")
    if session and server.csrf.get(session) == seen.headers.get("X-CSRFToken"):
        return None
    if "json" in seen.headers.get("Content-Type", ""):
        return Reply(400, {"errors": [{"message": "400 Bad Request: The CSRF token is missing.", "extra": {}}]})
    page = {"Location": "/login/?next=%2Fapi%2Fv1%2Fassets%2Fimport%2F", "Content-Type": "text/html"}
    return Reply(302, b"<!doctype html><title>Redirecting...</title>", page)


def _token_refusal(server: SupersetServer, seen: Seen) -> Reply | None:
    if not _bearer(seen):
        return Reply(401, {"msg": "Missing Authorization Header"})
    return None if _bearer(seen) in server.access else Reply(422, {"msg": "Signature verification failed"})


def _bearer(seen: Seen) -> str:
    return seen.headers.get("Authorization", "").removeprefix("Bearer ")


def _view(server: SupersetServer, seen: Seen, route: str) -> Reply:
    parts = route.strip("/").split("/")[2:]
    if parts == ["security", "csrf_token"]:
        return _csrf_token(server)
    if parts == ["me"]:
        return Reply(body={"result": {"username": server.username, "id": 1}})
    if parts == ["me", "roles"]:
        return Reply(body={"result": {"userId": 1, "roles": {"Admin": []}}})
    if seen.method != "GET":
        return _reported(server, seen, parts[0]) or Reply(body={"message": "OK"})
    if parts[1:] == ["export"]:
        if any(row["id"] in seen.query and row[NAMES[parts[0]]] is None for row in server.rows[parts[0]]):
            return Reply(500, {"message": "Fatal error"})  # utils/file.py: get_filename takes no NULL (seen)
        return Reply(body=server.bundle, headers={"Content-Type": "application/zip"})
    if parts[0] not in server.rows or len(parts) > 2:  # the embedding of a dashboard that has none, too (seen)
        return Reply(404, {"message": "Not found"})
    return _one(server, *parts) if len(parts) == 2 else _page(server, seen, parts[0])


def _reported(server: SupersetServer, seen: Seen, kind: str) -> Reply | None:
    """What alerts or reports are about is not deleted (commands/{chart,dashboard}/delete.py; seen)."""
    doomed = seen.query if seen.method == "DELETE" and "?q=" in seen.path else []
    names = [row["name"] for row in server.rows["report"] if row.get(f"{kind}_id") in doomed]
    said = f"There are associated alerts or reports: {','.join(names)}"
    return Reply(422, {"message": said}) if names else None


def _csrf_token(server: SupersetServer) -> Reply:
    server.serial += 1
    server.csrf = {f"cookie{server.serial}": f"csrf-token-{server.serial}"}
    cookie = f"{CSRF_COOKIE}=cookie{server.serial}; HttpOnly; Path=/; SameSite=Lax"
    return Reply(body={"result": f"csrf-token-{server.serial}"}, headers={"Set-Cookie": cookie})


def _one(server: SupersetServer, kind: str, asset_id: str) -> Reply:
    rows = [row for row in server.rows[kind] if str(row["id"]) == asset_id]
    return Reply(body={"id": int(asset_id), "result": rows[0]}) if rows else Reply(404, {"message": "Not found"})


def _page(server: SupersetServer, seen: Seen, kind: str) -> Reply:
    query = seen.query
    size = min(query["page_size"], server.largest_page)
    rows = server.rows[kind][query["page"] * size : (query["page"] + 1) * size]
    return Reply(body=page_of(rows, len(server.rows[kind])))


def page_of(rows: list[dict[str, Any]], count: int) -> dict[str, Any]:
    """The answer of a list resource."""
    return {"count": count, "ids": [row["id"] for row in rows], "result": rows}


OPEN: Mapping[str, Callable[[SupersetServer, Seen], Reply]] = {
    "/version": lambda server, seen: Reply(body=recorded("version.json")),
    "/login/": lambda server, seen: Reply(body=LOGIN_PAGE.encode(), headers={"Content-Type": "text/html"}),
    "/api/v1/security/login": _login,
    "/api/v1/security/refresh": _refresh,
}
