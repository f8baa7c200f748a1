"""Lockstep's web server under attack, and users of its API: with a browser session or a token."""

from __future__ import annotations

import http.client
import http.cookies
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rig.hostile.trial import PASSWORD, Trial
from rig.ports import LOOPBACK, free_ports
from rig.service import Service

TIMEOUT = 30.0


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    seconds: float

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class Web:
    """A running web server and its log."""

    def __init__(self, trial: Trial, port: int, running: Service) -> None:
        self.trial, self.port, self.running = trial, port, running

    @property
    def log(self) -> str:
        return self.running.log.read_text(errors="replace")

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = TIMEOUT,
    ) -> Reply:
        """Send one request over its own connection; OSError without a response in time."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=timeout)
        began = time.monotonic()
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.read(), time.monotonic() - began)
        except http.client.HTTPException as error:
            raise OSError(f"no HTTP answer: {error!r}") from error
        finally:
            connection.close()

    def health(self, timeout: float = TIMEOUT) -> Reply:
        return self.ask("GET", "/health", timeout=timeout)

    def token(self, *, scope: str = "act", who: str = "ada") -> dict[str, str]:
        """Headers with a new token of a user."""
        arguments = ("token", "create", f"t{time.time_ns()}", "--scope", scope, "--as", who)
        return {
            "Authorization": f"Bearer {self.trial.lockstep.json(*arguments)['token']}",
            "Content-Type": "application/json",
        }

    def anonymous_session(self) -> tuple[str, str]:
        """Cookie and CSRF token of an anonymous session."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT)
        connection.request("GET", "/api/v1/session")
        response = connection.getresponse()
        token = json.loads(response.read())["extra"]["csrf_token"]
        cookies = [each.partition(";")[0] for each in response.headers.get_all("Set-Cookie", [])]
        connection.close()
        return "; ".join(cookies), str(token)

    def person(self, name: str) -> Person:
        return Person(self, name)


class Person:
    """A signed-in user of the API, as in a browser."""

    def __init__(self, web: Web, name: str, password: str = PASSWORD) -> None:
        self._web = web
        self._cookies: dict[str, str] = {}
        first = self.send("GET", "session")
        self._csrf = first.document["extra"]["csrf_token"]
        session = self.send("POST", "session", {"username": name, "password": password})
        if session.status != 200:
            raise RuntimeError(f"“{name}” could not sign in: {session.status} {session.text[:200]}")
        self._csrf = session.document["csrf_token"]

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def page(self, path: str) -> Reply:
        """A page of the admin."""
        return self._web.ask("GET", path, headers={"Cookie": self.cookie()})

    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def secrets(self) -> list[str]:
        """Session cookies, which nobody else may ever see."""
        return [value for value in self._cookies.values() if len(value) >= 20]

    def post(self, path: str, **sent: Any) -> Reply:
        return self.send("POST", path, sent)

    def send(self, method: str, path: str, sent: Any = None) -> Reply:
        headers = {"Cookie": self.cookie()}
        if sent is not None:
            headers |= {"Content-Type": "application/json", "X-CSRFToken": self._csrf}
        connection = http.client.HTTPConnection(LOOPBACK, self._web.port, timeout=TIMEOUT)
        began = time.monotonic()
        connection.request(method, f"/api/v1/{path}", None if sent is None else json.dumps(sent), headers)
        response = connection.getresponse()
        for each in response.headers.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(each).items():
                self._cookies[name] = morsel.value
        reply = Reply(response.status, response.read(), time.monotonic() - began)
        connection.close()
        return reply


@contextmanager
def serving(trial: Trial) -> Iterator[Web]:
    """Run `manage.py run` over the Lockstep of the trial."""
    (port,) = free_ports(1)
    running = Service(f"web-{port}", trial.lockstep.data)
    running.start(trial.lockstep, "run", "--port", str(port))
    try:
        running.wait_for_output("Working with")
        web = Web(trial, port, running)
        _await_health(web)
        yield web
    finally:
        running.stop()


def _await_health(web: Web) -> None:
    until = time.monotonic() + TIMEOUT
    while time.monotonic() < until:
        try:
            web.health(2.0)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the web server does not answer: {web.running.tail()}")


def approved(trial: Trial, *dashboards: str) -> None:
    """Protect the target, and plan, submit and approve these dashboards as “paul” and “vera”."""
    for name, role in (("paul", "operator"), ("vera", "approver")):
        trial.lockstep.check_output("user", "add", name, "--password-stdin", stdin=PASSWORD)
        trial.lockstep.check_output("user", "grant", name, role)
    trial.lockstep.check_output("environment", "edit", "prod", "--protected", "--as", "ada")
    trial.plan(*dashboards, who="paul")
    trial.lockstep.check_output("migration", "submit", str(trial.migration), "--as", "paul")
    with serving(trial) as web:
        response = web.person("vera").post(
            f"migrations/{trial.migration}/approve", checksum=trial.shown()["plan"]["checksum"]
        )
    if response.status >= 300:
        raise RuntimeError(f"could not be approved: {response.status} {response.text[:300]}")


def deactivate(trial: Trial, name: str) -> None:
    with serving(trial) as web:
        person = web.person("ada")
        rows = person.get("users").document
        number = next(row["id"] for row in rows["results"] if row["username"] == name)
        response = person.send("PATCH", f"users/{number}", {"is_active": False})
        if response.status >= 300:
            raise RuntimeError(f"{name} could not be deactivated: {response.status} {response.text[:200]}")
