"""The doorbell on the database that the tests run on; each of its connections is broken once."""

from __future__ import annotations

import queue

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction

from apps.tasks.live import doorbell
from apps.tasks.live.doorbell import ACTIVITY, SESSIONS, Doorbell, ring
from apps.tasks.models import Task, TaskState
from apps.tasks.tests.sockets import PATIENCE, signed_in
from apps.tasks.transitions import transition

pytestmark = pytest.mark.usefixtures("transactional_db")


class Ear:
    def __init__(self):
        self._heard: queue.Queue[str | None] = queue.Queue()
        self.doorbell = Doorbell(self._heard.put)
        self.doorbell.open()
        self._thread = self.doorbell._thread
        assert self._heard.get(timeout=PATIENCE) is None  # it has just begun to listen

    def hears(self, *topics):
        """On SQLite a ring does not tell of what."""
        wanted = set(topics) if connection.vendor == "postgresql" else {None}
        while wanted:
            wanted.discard(self._heard.get(timeout=PATIENCE))

    def hears_nothing_but(self, topic):
        """What comes next is this ring."""
        assert self._heard.get(timeout=PATIENCE) == (topic if connection.vendor == "postgresql" else None)

    def close(self):
        self.doorbell.close()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@pytest.fixture
def ear():
    opened = Ear()
    yield opened
    opened.close()


def test_who_stores_is_heard(ear, author):
    task = Task.objects.create(plugin="probe", action="say", actor=author)
    transition(task, to=TaskState.RUNNING, actor=None)
    ear.hears(f"task {task.pk}", ACTIVITY)


def test_what_is_rolled_back_does_not_ring(ear, author):
    with transaction.atomic():
        Task.objects.create(plugin="probe", action="say", actor=author)
        ring("nobody hears this")
        transaction.set_rollback(True)
    Task.objects.all().delete()
    with transaction.atomic():
        author.save()
        ring("something else")
    ear.hears_nothing_but("something else")


def test_signing_out_rings(ear, author):
    who = signed_in(author)
    who.logout()
    ear.hears(SESSIONS)
    assert not Session.objects.exists()


def test_a_broken_doorbell_is_replaced_and_rings_then(ear, author, monkeypatch, caplog):
    ear.close()
    fails = iter([OperationalError("gone"), OperationalError("still gone")])

    def rings(closed, listen=doorbell._rings):
        for error in fails:
            raise error
        yield from listen(closed)

    monkeypatch.setattr(doorbell, "_rings", rings)
    monkeypatch.setattr(doorbell, "FIRST_PAUSE", 0.01)
    again = Ear()
    again.close()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "the doorbell has no connection (gone)",
        "the doorbell has no connection (still gone)",
    ]


def test_a_connection_that_the_server_ended_is_replaced(ear, author):
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN lockstep'"
            " AND datname = current_database()"
        )
        assert cursor.fetchall() == [(True,)]
    ear.hears_nothing_but(None)  # it listens again
    ring("after all")
    ear.hears_nothing_but("after all")


def test_a_doorbell_that_was_closed_can_be_opened_again(ear):
    ear.doorbell.close()
    ear.doorbell.open()
    assert ear._heard.get(timeout=PATIENCE) is None
    ear._thread.join(PATIENCE)
    ear._thread = ear.doorbell._thread
