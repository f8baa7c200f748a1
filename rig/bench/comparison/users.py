"""Concurrent users of the REST API, each with its own connection and think time."""

from __future__ import annotations

import http.client
import json
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from rig.errors import RigError

USERS = 50
PASSWORD_FILE = "password"
"""In the folder of a run: the password of the administrator of its Lockstep."""

THINK = 1.0
"""Mean think time in seconds."""

KEPT = 3.0
"""Seconds after which a connection is reopened: uvicorn closes idle ones after five."""

SECONDS = 30.0
LISTS = (
    "environments",
    "environments/{environment}/assets?kind=dashboard&page={page}",
    "environments/{environment}/assets?kind=chart&page_size=200&page={page}",
    "environments/{environment}/assets?kind=dashboard&search=Sales+0{page}",
    "environments/{environment}/assets?ordering=-changed_on&page={page}",
    "environments/{environment}/catalogue",
    "mappings",
    "migrations",
    "tasks",
)


def use(address: str, environments: list[str], username: str, password: str) -> list[float]:
    """Run fifty users for half a minute; seconds per response. RigError for any status but 200."""
    until = time.monotonic() + SECONDS
    cookie = _signed_in(address, username, password)
    with ThreadPoolExecutor(USERS) as pool:
        each = [pool.submit(_user, address, cookie, environments, number, until) for number in range(USERS)]
        return [seconds for user in each for seconds in user.result()]


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def _user(address: str, cookie: str, environments: list[str], number: int, until: float) -> list[float]:
    chance = random.Random(number)
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    answers = []
    while time.monotonic() + (pause := chance.expovariate(1 / THINK)) < until:
        if pause > KEPT:
            connection.close()
        time.sleep(pause)
        path = chance.choice(LISTS).format(environment=chance.choice(environments), page=chance.randint(1, 5))
        began = time.perf_counter()
        connection.request("GET", f"/api/v1/{path}", headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        answers.append(time.perf_counter() - began)
        if answer.status != http.client.OK:
            raise RigError(f"{path} returned {answer.status}")
    connection.close()
    return answers


def _signed_in(address: str, username: str, password: str) -> str:
    """The cookie of a session."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    connection.request("GET", "/api/v1/session")
    first = connection.getresponse()
    first.read()
    cookies = _cookies(first)
    token = cookies.partition("csrf=")[2].partition(";")[0]
    headers = {"Cookie": cookies, "X-CSRFToken": token, "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/session", json.dumps({"username": username, "password": password}), headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != http.client.OK:
        raise RigError(f"“{username}” could not sign in: {answer.status} {body.decode(errors='replace')}")
    return _cookies(answer)


def _cookies(answer: http.client.HTTPResponse) -> str:
    return "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie", []))
