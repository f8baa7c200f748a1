"""Attacks on the web server: clients that send or read slowly."""

from __future__ import annotations

import json
import time

from rig.hostile.attack import attack
from rig.hostile.audits import database
from rig.hostile.faults.clients import closed_within, open_after, unfinished, unread
from rig.hostile.trial import Trial
from rig.hostile.web import Web, serving

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
