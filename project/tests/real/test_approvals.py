"""A protected prod: planned by one person, approved by another in a browser session, applied and rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.migrations.tests.smtp_sink import Sink, SinkServer
from project.tests.real.workers import wait_until
from project.tests.real.world import BIRTHS, World
from rig.check.checker import snapshot
from rig.ports import free_ports
from rig.service import Service

PASSWORD = "correct horse battery staple"


class Person:
    """A user of the API with a browser session."""

    def __init__(self, url: str, name: str) -> None:
        self._url, self._session = url, requests.Session()
        token = self._session.get(f"{url}/api/v1/session", timeout=10).json()["extra"]["csrf_token"]
        self._sign(token)
        session = self.post("session", username=name, password=PASSWORD)
        assert session.status_code == 200, session.text
        self._sign(session.json()["csrf_token"])

    def _sign(self, token: str) -> None:
        self._session.headers["X-CSRFToken"] = token

    def post(self, path: str, **sent: Any) -> requests.Response:
        return self._session.post(f"{self._url}/api/v1/{path}", json=sent, timeout=30)

    def get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._session.get(f"{self._url}/api/v1/{path}", timeout=30).json()
        return found


@dataclass
class Office:
    world: World
    url: str
    mail: Sink

    def person(self, name: str) -> Person:
        return Person(self.url, name)


@pytest.fixture
def office(world: World, tmp_path: Path) -> Iterator[Office]:
    [port] = free_ports(1)
    world.lockstep.check_output("create_admin", "eve", "--email", "eve@example.com", "--password-stdin", stdin=PASSWORD)
    world.lockstep.check_output("environment", "edit", "prod", "--protected", "--as", "ada")
    with closing(SinkServer()) as server:
        world.lockstep.environment |= {
            "LOCKSTEP_MAIL_HOST": "127.0.0.1",
            "LOCKSTEP_MAIL_PORT": str(server.sink.port),
            "LOCKSTEP_BASE_URL": f"http://127.0.0.1:{port}",
        }
        running = Service("run", tmp_path)
        running.start(world.lockstep, "run", "--port", str(port))
        try:
            running.wait_for_output("Working with")
            yield Office(world, f"http://127.0.0.1:{port}", server.sink)
        finally:
            running.stop()


def test_prod_changes_only_by_what_another_person_approved_and_is_taken_back_at_once(office: Office):
    world, before = office.world, snapshot(office.world.prod)
    by_ada = ("--as", "ada")
    planned = world.run("migration", "plan", "dev", "prod", "--dashboard", BIRTHS, "--map-database",
                        "examples=warehouse", *by_ada, "--format", "json")  # fmt: skip
    assert planned.code == 2, planned
    number, checksum = str(planned.migration), planned.document["plan"]["checksum"]
    _, log = world.logs()
    refused = world.run("migration", "apply", number, "--yes", *by_ada)
    assert "so its changes need approval" in refused.sentence

    submitted = world.run("migration", "submit", number, "--note", "Births for the board", *by_ada)
    assert submitted.code == 0, submitted
    wait_until(lambda: bool(office.mail.emails))
    ((to, email),) = office.mail.emails
    body = email.get_body(("plain",)).get_content()
    assert to == "eve@example.com"
    assert all(text in body for text in ("Births for the board", checksum, "to create", f"{office.url}/admin/")), body

    ada, eve = office.person("ada"), office.person("eve")
    own = ada.post(f"migrations/{number}/approve", checksum=checksum)
    assert (own.status_code, own.json()["code"]) == (403, "not_allowed")
    assert log.writes() == []
    assert eve.get(f"migrations/{number}")["allowed_actions"]["approve"]["allowed"]
    approved = eve.post(f"migrations/{number}/approve", checksum=checksum, note="Read it")
    assert (approved.status_code, approved.json()["status"]) == (200, "approved"), approved.text

    window = ("--from", "mon 00:00", "--until", "mon 00:00")
    world.lockstep.check_output("freeze", "add", "Quarter end", "--environment", "prod", *window, *by_ada)
    frozen = ada.post(f"migrations/{number}/apply", checksum=checksum)
    assert (frozen.status_code, frozen.json()["extra"]["reason"]) == (423, "Quarter end")
    world.lockstep.check_output("freeze", "remove", "1", "--yes", *by_ada)

    started = ada.post(f"migrations/{number}/apply", checksum=checksum)
    assert started.status_code == 202, started.text
    followed = world.run("task", "lines", str(started.json()["id"]), "--follow", "--format", "json")
    assert followed.document["state"] == "succeeded", followed
    assert world.check(BIRTHS).differences == []

    undone = world.run("migration", "rollback", number, "--yes", *by_ada)
    assert undone.code == 0, undone
    assert before.changed(snapshot(world.prod)) == set()
    actions = [entry["action"] for entry in world.lockstep.json("audit", "list", "--limit", "0")]
    for action in ("migration.submit", "migration.approve", "migration.apply", "migration.rollback"):
        assert action in actions
    verified = world.run("audit", "verify")
    assert verified.code == 0, verified
