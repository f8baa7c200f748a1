"""Many processes write entries at once: one seals, one waits to seal what has come meanwhile, the others go on."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest
from django.db import connection, connections, transaction

from apps.audit import chain, sealer, services
from apps.audit.models import AuditEntry
from apps.audit.sealer import LOCK
from apps.audit.services import record

pytestmark = pytest.mark.usefixtures("transactional_db")

PATIENCE = 20.0


class Writer(threading.Thread):
    def __init__(self, author):
        super().__init__(daemon=True)
        self._author = author
        self.start()

    def run(self):
        try:
            record(actor=self._author, action="user.edit", target=self._author)
        finally:
            connections.close_all()


@pytest.fixture
def sealing():
    """Somebody seals, and does not come to an end until this is closed."""
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    own = connection.copy()
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    with closing(own):
        yield own


def number_of_those_who_wait():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCK],
        )
        return cursor.fetchone()[0]


def until_somebody_waits(number=1):
    deadline = time.monotonic() + PATIENCE
    while number_of_those_who_wait() < number:
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)


def test_nobody_waits_behind_one_who_waits_to_seal(sealing, author):
    first = Writer(author)
    until_somebody_waits()
    others = [Writer(author) for _ in range(3)]
    for each in others:
        each.join(PATIENCE)
    assert [each.is_alive() for each in (first, *others)] == [True, False, False, False]
    assert AuditEntry.objects.filter(number=None).count() == 4
    sealing.close()
    first.join(PATIENCE)
    assert not AuditEntry.objects.filter(number=None).exists()
    assert chain.verify().faults == []


def test_who_needs_all_sealed_waits(sealing, author):
    writer = Writer(author)
    until_somebody_waits()

    def need():
        chain.seal()
        connections.close_all()

    needing = threading.Thread(target=need, daemon=True)
    needing.start()
    until_somebody_waits(2)
    sealing.close()
    needing.join(PATIENCE)
    writer.join(PATIENCE)
    assert not AuditEntry.objects.filter(number=None).exists()


def test_an_entry_that_commits_late_is_not_left_to_a_batch_that_looks_behind_it(author, monkeypatch):
    """Its row is older than what is sealed, and whoever wrote it saw somebody waiting to seal."""
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    monkeypatch.setattr(sealer, "BATCH", 3)
    monkeypatch.setattr(services, "_seal", lambda: None)
    written, go = threading.Event(), threading.Event()
    move, own = sealer.head.move, connection.copy()
    own.inc_thread_sharing()  # the sealing thread locks with it

    def write_late():
        with transaction.atomic():
            record(actor=author, action="user.edit", target=author)
            written.set()
            assert go.wait(PATIENCE)
        sealer.seal(or_leave_it=True)
        connections.close_all()

    def moved(*arguments):
        monkeypatch.setattr(sealer.head, "move", move)
        with own.cursor() as cursor:  # so that the second batch waits
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        move(*arguments)

    def seal():
        sealer.seal()
        connections.close_all()

    late = threading.Thread(target=write_late, daemon=True)
    late.start()
    assert written.wait(PATIENCE)
    for _ in range(5):
        record(actor=author, action="user.edit", target=author)
    monkeypatch.setattr(sealer.head, "move", moved)
    sealing = threading.Thread(target=seal, daemon=True)
    sealing.start()
    until_somebody_waits()
    go.set()
    late.join(PATIENCE)
    own.close()
    sealing.join(PATIENCE)
    assert not AuditEntry.objects.filter(number=None).exists()
    assert chain.verify().faults == []
