"""Attacks on the web server: slow clients, malformed requests, password guesses, secrets in logs."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from rig.hostile.attack import attack
from rig.hostile.audits import database
from rig.hostile.faults.clients import closed_within, open_after, unfinished, unread
from rig.hostile.trial import PASSWORD, Trial
from rig.hostile.verdict import Kind
from rig.hostile.web import Person, Reply, Web, serving
from rig.servers.configuration import ADMIN_PASSWORD

ANSWER_TIMEOUT = 3.0
"""Seconds within which others must get a response, on a busy machine."""

PREPARED = 10.0
"""Seconds to prepare long responses, which is work and no waiting."""

WELL = 0.5
"""Seconds that nine of ten such responses may take."""

MANY = 12
"""More than the server has threads."""

HEAD = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
FORM = b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
OPENINGS: dict[str, tuple[bytes, bytes]] = {
    "half a body": (HEAD + b"Content-Length: 100\r\n\r\n{", b""),
    "no body at all": (HEAD + b"Content-Length: 100\r\n\r\n", b""),
    "a body that drips": (HEAD + b"Content-Length: 100000\r\n\r\n{", b" "),
    "chunks that drip": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "half a head": (b"POST /api/v1/session HTTP/1.1\r\nHost: loc", b""),
    "a head that drips": (b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n", b"X-More: 1\r\n"),
    "nothing at all": (b"", b""),
    "half a form": (FORM + b"application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nusername=a", b""),
    "half an upload": (FORM + b"multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\n", b""),
    "half a WebSocket": (
        b"GET /ws/tasks/1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
        b"",
    ),
}


@attack("web", "D1", state="planned", each=OPENINGS, ci=("half a body", "half a head"))
def slow_clients(trial: Trial, opening: tuple[bytes, bytes]) -> None:
    """Many clients send half a request: others are served meanwhile, and the connections are closed"""
    begin, drip = opening
    with serving(trial) as web, unfinished(web.port, begin, MANY) as opened:
        _others_are_answered(trial, web)
        closed = closed_within(opened, 75, drip=drip)
    trial.expect(
        closed == len(opened), f"{len(opened) - closed} of {len(opened)} connections are still open after 75 s"
    )


def _others_are_answered(trial: Trial, web: Web) -> None:
    taken = []
    for _ in range(20):
        try:
            taken.append(web.ask("GET", "/api/v1/session", timeout=ANSWER_TIMEOUT).seconds)
        except OSError:
            return trial.fault(f"nobody else gets a response within {ANSWER_TIMEOUT:g} s")
        time.sleep(0.05)
    typical = sorted(taken)[int(len(taken) * 0.9)]
    trial.expect(typical < WELL, f"others wait {typical:.2f} s for a response")
    return None


@attack("web", "D1b", state="applied", slow=True, ci=True)
def clients_that_do_not_read(trial: Trial) -> None:
    """Many clients request a long response and do not read it: others are served meanwhile"""
    with serving(trial) as web:
        headers = web.token(scope="read")
        path = _long_answer(trial, web, headers)
        request = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {headers['Authorization']}\r\n\r\n".encode()
        )
        with unread(web.port, request, MANY):
            time.sleep(PREPARED)
            _others_are_answered(trial, web)
            open_connections = open_after(web.port, 90)
    trial.expect(
        not open_connections, f"{open_connections} of {MANY} clients that do not read are still connected after 90 s"
    )


def _long_answer(trial: Trial, web: Web, headers: dict[str, str]) -> str:
    """The path of a response of many megabytes: the lines of a task, inflated."""
    planned = web.ask("GET", "/api/v1/tasks", headers=headers).document
    rows = planned["results"] if isinstance(planned, dict) else planned
    number = max(int(row["id"]) for row in rows)
    _grow(trial, number)
    return f"/api/v1/tasks/{number}/lines/text"


def _grow(trial: Trial, number: int) -> None:
    """Inflate the lines of the task to twenty megabytes."""
    with database(trial) as db:
        line = db.rows("SELECT * FROM tasks_taskline WHERE task_id = ? ORDER BY seq DESC LIMIT 1", number)
        model = {name: value for name, value in line[0].items() if name != "id"}
        for extra in range(1, 2001):
            row = {**model, "seq": model["seq"] + extra, "text": "x" * 9_900}
            if isinstance(row.get("facts"), (dict, list)):
                row["facts"] = json.dumps(row["facts"])
            names = ", ".join(f'"{name}"' for name in row)
            db.run(f"INSERT INTO tasks_taskline ({names}) VALUES ({', '.join('?' * len(row))})", *row.values())


# --- malformed requests


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


def _each(trial: Trial, requests: dict[str, Callable[[], Reply]]) -> None:
    for name, ask in requests.items():
        try:
            response = ask()
        except (OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                trial.fault(f"{name}: no response")
            continue
        trial.expect(response.status < 500, f"{name}: {response.status} {response.text[:150]}")
        trial.expect("Traceback" not in response.text, f"{name}: a stack trace is shown")


# --- D3, D7


@attack("web", "D3", state="planned", ci=True)
def secrets_in_the_log(trial: Trial) -> None:
    """Everything is logged at DEBUG: without any token, cookie or password"""
    log = trial.lockstep.data / "debug.log"
    trial.lockstep.environment |= {
        "LOCKSTEP_LOG_LEVEL": "DEBUG", "LOCKSTEP_LOG_FILE": str(log), "LOCKSTEP_LOG_FILE_LEVEL": "DEBUG",
    }  # fmt: skip
    with serving(trial) as web:
        headers = web.token()
        person = web.person("ada")
        secrets = [headers["Authorization"].removeprefix("Bearer "), PASSWORD, *person.secrets()]
        web.ask("GET", "/api/v1/migrations", headers=headers)
        for cookie in ({"Cookie": person.cookie()}, headers):
            _handshake(web, cookie)
        person.get("migrations")
        written = web.log + (log.read_text(errors="replace") if log.exists() else "")
    result = trial.run("environment", "check", "prod")
    written += result.text + (log.read_text(errors="replace") if log.exists() else "")
    for secret in secrets:
        trial.expect(secret not in written, f"a secret of {len(secret)} characters is in the log", Kind.FALSE)
    trial.expect(f'"{ADMIN_PASSWORD}", "provider"' not in written, "the password of Superset is in the log", Kind.FALSE)


def _handshake(web: Web, headers: dict[str, str]) -> None:
    headers = {
        **headers, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": f"http://127.0.0.1:{web.port}",
    }  # fmt: skip
    try:
        web.ask("GET", "/ws/tasks", headers=headers, timeout=2.0)
    except OSError:
        return


@attack("web", "D7", state="planned", ci=True)
def guesses_at_once(trial: Trial) -> None:
    """Twenty wrong passwords at the same time: at most five are checked"""
    with serving(trial) as web:
        cookie, csrf = web.anonymous_session()

        def guess(number: int) -> int:
            sent = json.dumps({"username": "ada", "password": f"wrong-{number}"}).encode()
            headers = {"Content-Type": "application/json", "X-CSRFToken": csrf, "Cookie": cookie}
            return web.ask("POST", "/api/v1/session", sent, headers).status

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(guess, range(20)))
    checked = sum(status in (400, 401, 403) for status in answers)
    trial.transcript.append(f"answers: {sorted(answers)}")
    trial.expect(checked <= 5, f"{checked} of 20 guesses were checked; 5 are allowed", Kind.FALSE)
