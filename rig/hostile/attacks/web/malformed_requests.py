"""Attacks on the web server: tokens, addresses and bodies that no client sends."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from rig.hostile.attack import attack
from rig.hostile.trial import Trial
from rig.hostile.web import Person, Reply, Web, serving


def _jwt(header: object, payload: object) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in (header, payload)]
    return f"{parts[0]}.{parts[1]}.c2lnbmF0dXJl"


GOOD = {"alg": "RS256", "kid": "1", "typ": "JWT"}
TOKENS: dict[str, str] = {
    "alg is a list": _jwt({**GOOD, "alg": ["RS256"]}, {"sub": "1"}),
    "alg is none": _jwt({"alg": "none"}, {"sub": "1"}),
    "alg is a dictionary": _jwt({**GOOD, "alg": {"a": 1}}, {"sub": "1"}),
    "alg is null": _jwt({**GOOD, "alg": None}, {"sub": "1"}),
    "kid is a list": _jwt({**GOOD, "kid": [1]}, {"sub": "1"}),
    "kid is a path": _jwt({**GOOD, "kid": "../../etc/passwd"}, {"sub": "1"}),
    "jku leads elsewhere": _jwt({**GOOD, "jku": "http://127.0.0.1:9/keys"}, {"sub": "1"}),
    "sub has a lone surrogate": _jwt(GOOD, {"sub": "\ud800"}),
    "sub has a NUL": _jwt(GOOD, {"sub": "a\0b"}),
    "sub is a list": _jwt(GOOD, {"sub": ["1"]}),
    "the head is a list": _jwt([1], {"sub": "1"}),
    "the body is a text": _jwt(GOOD, "x"),
    "exp is Infinity": _jwt(GOOD, {"sub": "1", "exp": float("inf")}),
    "exp is a text": _jwt(GOOD, {"sub": "1", "exp": "soon"}),
    "deep": _jwt(GOOD, json.loads("[" * 400 + "]" * 400)),
    "dots": "....",
    "no base64": "a.b.c",
    "long": "x" * 60_000,
    "not ASCII": "\xe9\xff",
    "a NUL": "abc\x00def",
    "empty": "",
}
PATHS = (
    "/api/v1/tasks/1/artifacts/a%00b",
    "/api/v1/tasks/1/artifacts/..%2f..%2fetc%2fpasswd",
    "/api/v1/tasks/1/artifacts/%ed%a0%80",
    "/api/v1/tasks/99999999999999999999999",
    "/api/v1/migrations/99999999999999999999999",
    "/api/v1/migrations?page=99999999999999999999",
    "/api/v1/migrations?page=%00",
    "/api/v1/migrations?search=%00",
    "/api/v1/migrations?status=%00",
    "/api/v1/migrations?ordering=%00",
    "/api/v1/environments?search=%00",
    "/api/v1/environments/1/assets?search=%00",
    "/api/v1/environments/1/assets?search=%ed%a0%80",
    "/api/v1/environments/1/assets?kind=%00",
    "/api/v1/tasks?state=%00&search=%00",
    "/api/v1/tasks/1/lines?after=%00",
    "/api/v1/tasks/1/lines?after=99999999999999999999",
    "/api/v1/tasks/1/lines?search=%00",
    "/api/v1/audit?actor=%00&object_id=%00",
    "/api/v1/audit?action=%00",
    "/api/v1/audit?since=%00",
    "/api/v1/users?search=%00",
    "/api/v1/plugins/a%00b",
    "/api/v1/%00",
    "/%ed%a0%80",
    "/api/v1/mappings?source=%00",
)
ADMIN_PATHS = (
    "/admin/migrations/migration/?q=%00",
    "/admin/audit/auditentry/?q=%00",
    "/admin/audit/auditentry/?action=%00",
    "/admin/tasks/task/?q=%00&state=%00",
    "/admin/tasks/task/?o=%00",
    "/admin/environments/environment/?q=%ed%a0%80",
    "/admin/users/user/?q=%00",
    "/admin/users/user/99999999999999999999/change/",
    "/admin/migrations/migration/a%00b/change/",
    "/admin/catalogue/asset/?q=%00&kind=%00",
)


@attack("web", "D4", state="planned", ci=True)
def odd_tokens(trial: Trial) -> None:
    """Malformed tokens: refused, none causes an internal error"""
    with serving(trial) as web:
        _each(trial, {name: _with_token(web, token) for name, token in TOKENS.items()})


def _with_token(web: Web, token: str) -> Callable[[], Reply]:
    def ask() -> Reply:
        return web.ask(
            "GET", "/api/v1/migrations", headers={"Authorization": "Bearer " + token.encode().decode("latin-1")}
        )

    return ask


@attack("web", "D4", state="planned", ci=True)
def odd_requests(trial: Trial) -> None:
    """Addresses and filters with text that no database accepts: none causes an internal error"""
    with serving(trial) as web:
        headers = web.token(scope="read")
        _each(trial, {path: _with_path(web, path, headers) for path in PATHS})
        person = web.person("ada")
        _each(trial, {path: _as_person(person, path) for path in ADMIN_PATHS})


def _with_path(web: Web, path: str, headers: dict[str, str]) -> Callable[[], Reply]:
    return lambda: web.ask("GET", path, headers=headers)


def _as_person(person: Person, path: str) -> Callable[[], Reply]:
    return lambda: person.page(path)


BODIES: dict[str, bytes] = {
    "deep": b"[" * 100_000,
    "a list": b"[1]",
    "null": b"null",
    "a NUL in a text": b'{"username": "a\\u0000b", "password": "x\\u0000"}',
    "a lone surrogate": b'{"username": "\\ud800", "password": "\\ud800"}',
    "numbers": b'{"username": 1, "password": 2}',
    "Infinity": b'{"username": Infinity, "password": NaN}',
    "not UTF-8": b'{"username": "\xff\xfe"}',
    "empty": b"",
    "a key twice": b'{"username": "ada", "username": "b", "password": "x"}',
    "a long name": b'{"username": "' + b"a" * 200_000 + b'", "password": "x"}',
}


@attack("web", "D4", state="planned")
def odd_bodies(trial: Trial) -> None:
    """Malformed bodies: none causes an internal error"""
    with serving(trial) as web:
        headers = web.token()
        for path in ("/api/v1/session", "/api/v1/migrations/plan", "/api/v1/plugins/migrations/actions/apply/run"):
            _each(trial, {f"{path} {name}": _with_body(web, path, body, headers) for name, body in BODIES.items()})


def _with_body(web: Web, path: str, body: bytes, headers: dict[str, str]) -> Callable[[], Reply]:
    return lambda: web.ask("POST", path, body, headers)


def _each(trial: Trial, asked: dict[str, Callable[[], Reply]]) -> None:
    for name, ask in asked.items():
        try:
            response = ask()
        except (OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                trial.fault(f"{name}: no response")
            continue
        trial.expect(response.status < 500, f"{name}: {response.status} {response.text[:150]}")
        trial.expect("Traceback" not in response.text, f"{name}: a stack trace is shown")
