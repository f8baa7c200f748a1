from __future__ import annotations

import json
import threading
from datetime import timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.audit import chain, export, head, seals, triggers
from apps.audit.models import AuditCheckpoint, AuditEntry
from apps.audit.services import record
from apps.audit.tests.forging import deeds
from apps.core.errors import LockstepError, NothingToDo


@pytest.fixture
def entries(author):
    made = [record(actor=author, action=f"deed.{number}", target=author, after={"n": number}) for number in range(5)]
    chain.seal()
    return made


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def unguarded(db):
    """As somebody who has the database itself in hand."""
    triggers.remove(connection)
    yield
    triggers.install(connection)


def without_head():
    for each in head.heads():
        each.file.unlink()


def faults():
    return chain.verify().faults


def test_entries_are_numbered_in_order_and_the_chain_holds(entries):
    assert list(AuditEntry.objects.order_by("pk").values_list("number", flat=True)) == [1, 2, 3, 4, 5]
    found = chain.verify()
    assert (found.entries, found.unsealed, found.faults, found.end.number) == (5, 0, [], 5)


def test_an_entry_that_was_changed_is_found(entries, unguarded):
    sql("UPDATE audit_auditentry SET action = 'deed.x' WHERE number = 3")
    assert len(faults()) == 1
    assert "Entry 3 (deed.x, " in faults()[0]


@pytest.mark.parametrize("column", triggers.COLUMNS[1:])
def test_every_field_is_a_part_of_the_hash(column, entries, unguarded):
    values = {
        "at": "2020-01-01 00:00:00+00:00",
        "nonce": "f" * 32,
        "actor_id": None,
        "before": '{"n": 7}',
        "after": '{"n": 7}',
    }
    sql(f"UPDATE audit_auditentry SET {column} = %s WHERE number = 2", values.get(column, "x"))
    assert any("Entry 2 " in fault and "was changed" in fault for fault in faults())


def test_the_guard_knows_every_column():
    with_chain = {field.column for field in AuditEntry._meta.concrete_fields}
    assert set(triggers.COLUMNS) | set(triggers.CHAIN) == with_chain


def test_an_entry_that_was_removed_is_found(entries, unguarded):
    sql("DELETE FROM audit_auditentry WHERE number = 3")
    assert "Entries 3 to 3 are missing" in faults()[0]


def test_an_end_that_was_cut_off_is_found_by_what_was_noted(entries, unguarded):
    noted = chain.verify().end
    sql("DELETE FROM audit_auditentry WHERE number = 5")
    without_head()
    assert faults() == []
    assert "was noted earlier, but the chain ends at 4" in chain.verify(noted=noted).faults[0]


def test_a_rebuilt_chain_is_found_by_a_noted_head(entries, unguarded):
    noted = chain.verify().end
    sql("UPDATE audit_auditentry SET number = NULL, previous = '', hash = '' WHERE number = 5")
    without_head()
    chain.seal()
    assert faults() == []
    assert chain.verify(noted=noted).faults == ["The hash of entry 5 differs from the one noted earlier."]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET action = 'x' WHERE number = 2",
        "UPDATE audit_auditentry SET hash = 'x' WHERE number = 2",
        "UPDATE audit_auditentry SET number = NULL WHERE number = 2",
        "DELETE FROM audit_auditentry WHERE number = 5",
    ],
)
def test_the_database_itself_refuses_to_change_an_entry(statement, entries):
    with pytest.raises(DatabaseError, match="cannot be changed"):
        sql(statement)
    assert faults() == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="of SQLite only")
@pytest.mark.parametrize("taken", ["id", "number"])
def test_sqlite_replaces_no_entry(taken, entries):
    columns = ", ".join(str(each.column) for each in AuditEntry._meta.concrete_fields)
    facts = columns.replace("action,", "'other',").replace("id," if taken == "number" else "number,", "NULL,", 1)
    with pytest.raises(DatabaseError, match="cannot be changed"):
        sql(
            f"INSERT OR REPLACE INTO audit_auditentry ({columns}) SELECT {facts} FROM audit_auditentry WHERE number = 2"
        )
    assert faults() == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="of SQLite only")
def test_sqlite_replaces_no_entry_by_sealing_another_in_its_place(entries, author):
    last, entry = AuditEntry.objects.get(number=5), record(actor=author, action="other", target=author)
    forged = seals.of_place(entry, 5, last.previous, timezone.now())
    with pytest.raises(DatabaseError, match="cannot be changed"):
        sql(
            "UPDATE OR REPLACE audit_auditentry SET number = 5, previous = %s, hash = %s WHERE id = %s",
            *(last.previous, forged, entry.pk),
        )
    assert AuditEntry.objects.filter(pk=last.pk).exists()
    assert faults() == []


@pytest.mark.usefixtures("closes_at_once")
@pytest.mark.parametrize("number", [0, 3, 8, 900])
def test_an_entry_gets_the_next_number_or_none(number, entries, author, tmp_path):
    """A number below a checkpoint would be a way to delete what is not sealed yet."""
    export.close(actor=author, before=AuditEntry.objects.get(number=4).at, file=tmp_path / "a.jsonl")
    chain.seal()
    assert AuditEntry.objects.order_by("number").values_list("number", flat=True).last() == 6
    entry = record(actor=author, action="deed", target=author)
    with pytest.raises(DatabaseError, match="cannot be changed"):
        sql("UPDATE audit_auditentry SET number = %s WHERE id = %s", number, entry.pk)


def test_an_entry_cannot_be_changed_on_its_way_into_the_chain(author):
    entry = record(actor=author, action="deed", target=author)
    with pytest.raises(DatabaseError, match="cannot be changed"):
        sql("UPDATE audit_auditentry SET number = 1, hash = 'x', action = 'other' WHERE id = %s", entry.pk)


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_sealed_once_its_transaction_is_committed_and_never_before(author):
    with transaction.atomic():
        record(actor=author, action="deed", target=author)
        assert AuditEntry.objects.filter(number=None).count() == 1
    assert list(AuditEntry.objects.values_list("number", flat=True)) == [1]


@pytest.mark.django_db(transaction=True)
def test_an_entry_without_a_transaction_around_it_is_sealed_at_once(author):
    record(actor=author, action="deed", target=author)
    assert list(AuditEntry.objects.values_list("number", flat=True)) == [1]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain(author):
    def work():
        try:
            for number in range(10):
                record(actor=author, action=f"deed.{number}", target=author)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = chain.verify()
    assert (found.entries, found.faults) == (40, [])


@pytest.mark.usefixtures("closes_at_once")
def test_a_closed_segment_is_in_a_file_and_the_rest_still_holds(entries, author, tmp_path):
    file = tmp_path / "audit.jsonl"
    checkpoint = export.close(actor=author, before=timezone.now(), file=file)
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["action"] for line in told] == [f"deed.{number}" for number in range(5)]
    assert (checkpoint.number, checkpoint.hash) == (5, told[-1]["hash"])
    record(actor=author, action="later", target=author)
    chain.seal()
    found = chain.verify()
    assert (found.start.number, found.entries, found.faults) == (5, 2, [])
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["audit.close", "later"]


@pytest.mark.parametrize("minutes", [9, 0])
def test_an_act_that_was_under_way_while_a_segment_was_closed_is_sealed(minutes, author, tmp_path):
    now = timezone.now()
    with mock.patch("django.utils.timezone.now", return_value=now - timedelta(hours=1)):
        deeds(author, 2)
    deeds(author, 2, start=2)
    checkpoint = export.close(actor=author, before=timezone.now(), file=tmp_path / "a.jsonl")
    assert checkpoint.number == 2
    with mock.patch("apps.audit.services.timezone.now", return_value=now - timedelta(minutes=minutes)):
        record(actor=author, action="slow", target=author)
    chain.seal()
    assert chain.verify().holds
    assert AuditEntry.objects.get(action="slow").number is not None


def test_what_was_sealed_just_now_is_not_closed_however_old_it_is(author, tmp_path):
    with mock.patch("django.utils.timezone.now", return_value=timezone.now() - timedelta(hours=1)):
        waits = record(actor=author, action="waits", target=author)
    assert waits.number is None
    chain.seal()
    with pytest.raises(NothingToDo, match="There are no audit entries from before"):
        export.close(actor=author, before=timezone.now(), file=tmp_path / "a.jsonl")


def test_what_is_still_to_come_is_not_closed(entries, author, tmp_path):
    with pytest.raises(LockstepError, match="Only past entries can be closed. Keep 0 days or more"):
        export.close(actor=author, before=timezone.now() + timedelta(days=1), file=tmp_path / "a.jsonl")
    assert not AuditCheckpoint.objects.exists()


@pytest.mark.usefixtures("closes_at_once")
def test_only_what_is_old_goes(entries, author, tmp_path):
    before = AuditEntry.objects.get(number=3).at
    export.close(actor=author, before=before, file=tmp_path / "a.jsonl")
    assert AuditEntry.objects.filter(action__startswith="deed").count() == 3
    assert faults() == []
    with pytest.raises(NothingToDo, match="There are no audit entries from before"):
        export.close(actor=author, before=before, file=tmp_path / "b.jsonl")


@pytest.mark.usefixtures("closes_at_once")
def test_above_a_checkpoint_the_database_lets_nothing_go_and_the_checkpoint_stays(entries, author, tmp_path):
    export.close(actor=author, before=AuditEntry.objects.get(number=3).at, file=tmp_path / "a.jsonl")
    for statement in (
        "DELETE FROM audit_auditentry WHERE number = 4",
        "UPDATE audit_auditcheckpoint SET number = 100",
        "DELETE FROM audit_auditcheckpoint",
    ):
        with pytest.raises(DatabaseError, match="cannot be changed"):
            sql(statement)


def test_an_audit_that_does_not_hold_is_not_closed(entries, author, tmp_path, unguarded):
    sql("UPDATE audit_auditentry SET action = 'x' WHERE number = 2")
    with pytest.raises(LockstepError, match="Nothing is closed, because the audit does not hold"):
        export.close(actor=author, before=timezone.now(), file=tmp_path / "a.jsonl")
    assert not AuditCheckpoint.objects.exists()


@pytest.mark.usefixtures("closes_at_once")
def test_a_file_that_is_there_is_not_written_over(entries, author, tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text("mine")
    with pytest.raises(LockstepError, match="already exists"):
        export.close(actor=author, before=timezone.now(), file=file)
    assert (file.read_text(), AuditEntry.objects.count()) == ("mine", 5)


def test_the_guard_stands_after_all_schema_migrations(entries):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT DISTINCT tgname FROM pg_trigger WHERE tgname LIKE 'audit_%'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'")
        names = {name for (name,) in cursor.fetchall()}
    assert names >= {"audit_entry_update", "audit_entry_delete"}
