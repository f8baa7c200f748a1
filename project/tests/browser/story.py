"""What happened in a Lockstep before somebody opens it: plans, decisions, tasks that failed and that ask."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from apps.superset.tests.superset_server import SupersetServer
from project.tests.browser.imagined import EXAMPLES, WAREHOUSE
from project.tests.running import wait_until

ENDED = {"succeeded", "failed", "cancelled", "timed_out", "interrupted"}
SALES, BIRTHS, GAMES = "Sales Dashboard", "USA Births Names", "Video Game Sales"
PEOPLE = {"grace": "approver", "mary": "analyst"}


class Person:
    """Signed in to the API with a password."""

    def __init__(self, address: str, username: str, password: str) -> None:
        self._address, self._token = address, ""
        self._jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self._jar)
        self._opener = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))
        self._token = self.ask("GET", "session", refused=True)["extra"]["csrf_token"]
        self._token = self.ask("POST", "session", username=username, password=password)["csrf_token"]

    def ask(self, method: str, path: str, *, refused: bool = False, **sent: Any) -> Any:
        body = json.dumps(sent).encode() if method != "GET" and sent else None
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token}
        request = urllib.request.Request(f"{self._address}/api/v1/{path}", body, headers, method=method)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                told = error.read().decode()
            if not refused:
                raise AssertionError(f"{method} {path}: {error.code} {told}") from None
            return json.loads(told)

    def cookies(self) -> list[dict[str, Any]]:
        """Of the session, for a browser."""
        kept = {"domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
        return [{"name": each.name, "value": each.value, **kept} for each in self._jar]

    def wait(self, task: Any, *states: str) -> Any:
        """The task as it is when it has ended, or is in one of the states."""
        found: list[Any] = []

        def there() -> bool:
            found.append(self.ask("GET", f"tasks/{task['id']}"))
            return found[-1]["state"] in (states or ENDED)

        wait_until(there, f"task {task['id']} does not end")
        return found[-1]

    def plan(self, *dashboards: str, **more: Any) -> int:
        """The number of the migration that was planned."""
        task = self.ask("POST", "migrations/plan", source="dev", target="prod", dashboards=dashboards, **more)
        done = self.wait(task)
        assert done["state"] == "succeeded", done["error"]
        return int(self.ask("GET", "migrations?page_size=1")["results"][0]["id"])


@dataclass
class Told:
    """Numbers of what there is to see."""

    asking: int
    """A task that waits for an answer."""
    failed: int
    compared: int
    """A comparison that left no migration."""
    submitted: int
    """A migration that waits for an approval."""
    rejected: int
    planned: int
    interrupted: int
    """A migration whose apply failed."""
    dashboard: str


def tell(ada: Person, dev: SupersetServer, prod: SupersetServer, address: str, password: str) -> Told:
    for name, server in (("dev", dev), ("prod", prod)):
        facts: dict[str, Any] = {"tier": name, "protected": False, "url": server.url}
        sign_in = {"username": server.username, "secret": server.password}
        ada.ask("POST", "environments", name=name, **facts, sign_in=sign_in)
        assert ada.wait(ada.ask("POST", f"environments/{name}/sync"))["state"] == "succeeded"
    for name, role in PEOPLE.items():
        ada.ask("POST", "users", username=name, password=password, first_name=name.title(), email=f"{name}@corp.test")
        ada.ask("POST", "grants", user=name, role=role)
    rows = {row["dashboard_title"]: row["uuid"] for row in dev.rows["dashboard"]}
    plan: dict[str, Any] = {"source": "dev", "target": "prod"}
    asking = ada.ask("POST", "migrations/plan", **plan, dashboards=[rows["Misc Charts"]])
    ada.wait(asking, "awaiting_input")
    pairs = [{"source_uuid": EXAMPLES, "target_uuid": WAREHOUSE["uuid"]}]
    ada.ask("POST", "mappings", **plan, pairs=pairs)
    compared = ada.ask("POST", "migrations/plan", **plan, dashboards=[rows[GAMES]], keep=False)
    ada.wait(compared)
    broken = ada.plan(rows[BIRTHS])
    checksum = ada.ask("GET", f"migrations/{broken}")["plan"]["checksum"]
    failed = ada.wait(ada.ask("POST", f"migrations/{broken}/apply", checksum=checksum))
    assert failed["state"] == "failed", "a stand-in stores nothing of what it is sent"
    ada.ask("PATCH", "environments/prod", protected=True, approvals_needed=1)
    ada.wait(ada.ask("POST", "environments/prod/sync"))
    planned = ada.plan(rows["World Bank's Data"], rows["FCC New Coder Survey 2018"])
    rejected = ada.plan(rows["Featured Charts"])
    submitted = ada.plan(rows[SALES], rows[BIRTHS], rows[GAMES], rows["Slack Dashboard"])
    for each, note in ((rejected, "For the quarterly review."), (submitted, "New filters for the sales team.")):
        ada.ask("POST", f"migrations/{each}/submit", note=note)
    grace = Person(address, "grace", password)
    grace.ask("POST", f"migrations/{rejected}/reject", note="The charts about projects are not finished.")
    return Told(
        asking=asking["id"],
        failed=failed["id"],
        compared=compared["id"],
        submitted=submitted,
        rejected=rejected,
        planned=planned,
        interrupted=broken,
        dashboard=rows[SALES],
    )
