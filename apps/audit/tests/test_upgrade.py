from __future__ import annotations

import hashlib
import json
from datetime import UTC

import pytest
from django.db import connection, transaction

from apps.audit import chain, head, triggers
from apps.audit.models import AuditCheckpoint, AuditEntry
from apps.audit.services import record
from apps.audit.upgrade import OLD_FACTS, START, seal_anew


@pytest.fixture
def old_chain(author):
    """As it was sealed before there was a key: five entries, the last without a place."""
    for number in range(5):
        record(actor=author, action=f"deed.{number}", target=author, after={"n": number})
    triggers.remove(connection)
    last = START
    for number, entry in enumerate(AuditEntry.objects.order_by("pk")[:4], start=1):
        facts = {name: getattr(entry, name) for name in OLD_FACTS} | {"at": entry.at.astimezone(UTC).isoformat()}
        told = json.dumps([number, last, facts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(told.encode()).hexdigest()
        change("number = %s, previous = %s, hash = %s WHERE id = %s", number, last, digest, entry.pk)
        last = digest
    change("mark = ''")
    yield last
    triggers.install(connection)


def change(what, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_auditentry SET {what}", values)


def upgrade():
    with transaction.atomic():
        seal_anew(_Plain(AuditEntry), _Plain(AuditCheckpoint))


class _Plain:
    """As a schema migration has the model: without the manager that refuses changes."""

    def __init__(self, model):
        self.objects = model._base_manager


def test_what_was_sealed_without_a_key_holds_with_it_and_says_so(old_chain):
    upgrade()
    found = chain.verify()
    assert (found.faults, found.doubts, found.entries) == ([], [], 6)
    assert found.notes == ["The first 5 entries were sealed with the key at the upgrade, and without one before."]
    assert AuditEntry.objects.get(action="audit.upgrade").after["old_end"] == f"4:{old_chain}"
    assert head.heads()[0].link == found.end


def test_sealing_again_does_not_hide_tampering(old_chain):
    change("action = 'x' WHERE number = 2")
    upgrade()
    found = chain.verify()
    assert not found.holds
    assert "the chain did not hold: Entry 2 had been changed." in " ".join(found.faults)


def test_what_had_been_removed_is_still_missed(old_chain):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE number = 3")
    upgrade()
    assert "Entries 3 to 3 are missing" in " ".join(chain.verify().faults)


def test_an_empty_audit_is_left_alone(db):
    upgrade()
    assert not AuditEntry.objects.exists()
