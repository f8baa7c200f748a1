"""Somebody has the database in hand, and neither the key nor the data directory."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import DatabaseError
from django.utils import timezone

from apps.audit import chain, export, seals
from apps.audit.models import AuditCheckpoint, AuditEntry
from apps.audit.services import record
from apps.audit.tests.forging import COLUMNS, deeds, doubts, faults, sql


def forge_checkpoint(number, digest="0" * 64, mark="x"):
    sql(
        "INSERT INTO audit_auditcheckpoint (number, hash, entries, file, file_sha256, until, mark, at)"
        " VALUES (%s, %s, 5, '/nowhere', 'x', %s, %s, %s)",
        *(number, digest, timezone.now(), mark, timezone.now()),
    )


def copy_row(original, **changes):
    """A new row like the one with this number."""
    chosen = {name: f'"{name}"' for name in COLUMNS if name != "id"} | changes
    names = ", ".join(f'"{name}"' for name in chosen)
    sql(
        f"INSERT INTO audit_auditentry ({names}) SELECT {', '.join(chosen.values())} FROM audit_auditentry"
        f" WHERE number = {original}"
    )


OLD = "'2020-01-01 00:00:00+00:00'"
UNPLACED = {"number": "NULL", "previous": "''", "hash": "''", "sealed_at": "NULL", "nonce": "'forged'"}


# --- With the triggers in place ---------------------------------------------------------------------------------------


def test_a_forged_checkpoint_does_not_empty_the_audit_unseen(entries):
    forge_checkpoint(5, entries[-1].hash)
    sql("DELETE FROM audit_auditentry")
    assert "The checkpoint at entry 5 was not written by Lockstep." in faults()
    assert "There is no entry about the checkpoint at entry 5" in faults()


def test_a_forged_checkpoint_is_found_after_more_was_done(entries, author):
    forge_checkpoint(5)
    sql("DELETE FROM audit_auditentry")
    deeds(author, 3, start=5)
    assert "was not written by Lockstep" in faults()
    assert "Entry 5 is not the one that" in faults()


def test_a_forged_checkpoint_far_ahead_is_found_and_stops_nothing(entries, author):
    forge_checkpoint(10_000)
    record(actor=author, action="later", target=author)
    with pytest.raises(DatabaseError):
        chain.seal()
    assert "was not written by Lockstep" in faults()
    assert chain.verify().unsealed == 1


def test_a_row_with_an_unknown_key_is_never_sealed_or_verified(entries, author):
    copy_row(2, **UNPLACED, mark=f"'deadbeef.{'0' * 64}'", at=OLD, action="'user.grant'")
    deeds(author, 2, start=5)
    assert AuditEntry.objects.get(action="user.grant").number is None
    assert "is marked with the key deadbeef, which is not available" in doubts()


@pytest.mark.parametrize("mark", ["", "x", "0" * 64])
def test_a_forged_row_without_a_number_is_never_sealed(mark, entries, author):
    copy_row(2, **UNPLACED, mark=f"'{mark}'", at=OLD, action="'user.grant'")
    assert "(user.grant, 2020-01-01 00:00) is not part of the chain and was not written by Lockstep" in faults()
    deeds(author, 2, start=5)
    assert AuditEntry.objects.get(action="user.grant").number is None
    assert "user.grant" in faults()
    assert (
        list(AuditEntry.objects.filter(action__startswith="deed").values_list("number", flat=True).order_by("number"))[
            -1
        ]
        == 7
    )


def test_many_forged_rows_keep_nothing_from_its_place(entries, author, monkeypatch):
    monkeypatch.setattr("apps.audit.sealer.BATCH", 2)
    for number in range(5):
        copy_row(2, **UNPLACED | {"nonce": f"'forged {number}'"})
    deeds(author, 1, start=5)
    assert AuditEntry.objects.get(action="deed.5").number == 6


def test_a_row_that_was_sealed_by_hand_is_found(entries, author):
    entry = record(actor=author, action="other", target=author)
    sql("UPDATE audit_auditentry SET number = 6, previous = %s, hash = 'x' WHERE id = %s", entries[-1].hash, entry.pk)
    assert "Entry 6 (other, " in faults()


# --- With the triggers dropped ----------------------------------------------------------------------------------------


def test_a_tail_that_was_cut_off_is_found(entries, unguarded):
    sql("DELETE FROM audit_auditentry WHERE number > 3")
    assert "2 sealed entries are missing at the end (4 to 5" in faults()


def test_a_tail_that_was_cut_off_is_still_found_after_the_chain_has_grown_past_it(entries, unguarded, author):
    sql("DELETE FROM audit_auditentry WHERE number > 3")
    deeds(author, 1, start=9)
    assert "1 sealed entry is missing at the end" in faults()
    deeds(author, 6, start=10)
    assert "Entry 5 is not the one that" in faults()


def test_everything_deleted_is_found_also_after_a_new_beginning(entries, unguarded, author):
    sql("DELETE FROM audit_auditentry")
    assert "5 sealed entries are missing" in faults()
    deeds(author, 7)
    assert "Entry 5 is not the one that" in faults()


def test_an_edit_with_every_hash_recomputed_without_the_key_is_found(entries, unguarded, settings):
    settings.AUDIT_KEYS = ["of-the-attacker" * 4, *settings.AUDIT_KEYS]
    last = chain.START
    for entry in AuditEntry.objects.order_by("number"):
        entry.action = "deed.x" if entry.number == 2 else entry.action
        entry.mark = seals.of_entry(entry)
        digest = seals.of_place(entry, entry.number or 0, last, entry.sealed_at or timezone.now())
        sql(
            "UPDATE audit_auditentry SET action = %s, mark = %s, previous = %s, hash = %s WHERE id = %s",
            *(entry.action, entry.mark, last, digest, entry.pk),
        )
        last = digest
    settings.AUDIT_KEYS = settings.AUDIT_KEYS[1:]
    assert "is not the one that" in faults()
    assert "5 entries (1 to 5) are sealed with the key" in doubts()


def test_two_rows_that_changed_places_are_found(entries, unguarded):
    first, second = entries[1].pk, entries[2].pk
    sql("UPDATE audit_auditentry SET number = 100 WHERE id = %s", first)
    sql("UPDATE audit_auditentry SET number = 2 WHERE id = %s", second)
    sql("UPDATE audit_auditentry SET number = 3 WHERE id = %s", first)
    assert "Entry 2 does not follow the previous entry" in faults()


def test_a_row_put_between_two_is_found(entries, unguarded):
    sql("UPDATE audit_auditentry SET number = number + 100 WHERE number > 2")
    sql("UPDATE audit_auditentry SET number = number - 99 WHERE number > 100")
    copy_row(2, number="3", nonce="'other'")
    assert "Entry 3 does not follow" in faults()


def test_a_row_with_a_time_before_its_predecessor_is_found(entries, unguarded):
    sql("UPDATE audit_auditentry SET sealed_at = '2020-01-01 00:00:00+00:00' WHERE number = 3")
    assert "Entry 3 was sealed before the previous entry" in faults()


def test_a_tail_that_lost_its_numbers_and_was_sealed_again_is_found(entries, unguarded, author):
    sql("UPDATE audit_auditentry SET number = NULL, previous = '', hash = '', sealed_at = NULL WHERE number > 3")
    assert "missing at the end" in faults()
    chain.seal()
    assert "Entry 5 is not the one that" in faults()


def test_a_genuine_row_written_again_is_not_sealed(entries, unguarded, author):
    entry = AuditEntry.objects.get(number=2)
    sql("DELETE FROM audit_auditentry WHERE number = 2")
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    values = {field.attname: getattr(entry, field.attname) for field in AuditEntry._meta.concrete_fields}
    values |= {"number": None, "previous": "", "hash": "", "sealed_at": None, "before": None, "after": None}
    sql(
        f"INSERT INTO audit_auditentry ({names}) VALUES ({', '.join(['%s'] * len(COLUMNS))})",
        *(values[field.attname] for field in AuditEntry._meta.concrete_fields),
    )
    chain.seal()
    assert "Entries 2 to 2 are missing" in faults()


@pytest.mark.usefixtures("closes_at_once")
def test_an_entry_of_a_closed_time_is_not_sealed_again(entries, author, tmp_path):
    old = AuditEntry.objects.get(number=2)
    export.close(actor=author, before=timezone.now(), file=tmp_path / "a.jsonl")
    chain.seal()
    again = AuditEntry(**{field.attname: getattr(old, field.attname) for field in AuditEntry._meta.concrete_fields})
    again.pk, again.number, again.previous, again.hash, again.sealed_at = None, None, "", "", None
    again.save(force_insert=True)
    chain.seal()
    assert AuditEntry.objects.get(nonce=old.nonce).number is None
    assert "is not part of the chain and was not written by Lockstep" in faults()


# --- Checkpoints ------------------------------------------------------------------------------------------------------


@pytest.fixture
def closed(entries, author, tmp_path, closes_at_once):
    file = tmp_path / "a.jsonl"
    checkpoint = export.close(actor=author, before=timezone.now(), file=file)
    chain.seal()
    assert chain.verify().holds
    return checkpoint


def test_a_closed_segment_holds_and_so_does_a_second(closed, author, tmp_path):
    deeds(author, 3)
    export.close(actor=author, before=timezone.now(), file=tmp_path / "b.jsonl")
    assert chain.verify().holds
    chain.seal()
    found = chain.verify()
    assert (found.holds, found.start.number, found.entries) == (True, 9, 1)


def test_checkpoints_that_were_deleted_are_found(closed, unguarded):
    sql("DELETE FROM audit_auditcheckpoint")
    assert "Entries 1 to 5 are missing" in faults()


def test_an_earlier_checkpoint_that_was_removed_is_found_and_so_a_file_that_nothing_vouches_for(
    closed, author, tmp_path, unguarded
):
    deeds(author, 3)
    export.close(actor=author, before=timezone.now(), file=tmp_path / "b.jsonl")
    chain.seal()
    assert chain.verify().holds
    sql("DELETE FROM audit_auditcheckpoint WHERE number = %s", closed.number)
    Path(closed.file).write_text("forged")
    assert "A checkpoint between entries 0 and 9 is missing" in faults()


def test_an_old_checkpoint_put_back_covers_no_more_than_it_did(closed, author, tmp_path, unguarded):
    old = AuditCheckpoint.objects.get()
    deeds(author, 3)
    export.close(actor=author, before=timezone.now(), file=tmp_path / "b.jsonl")
    chain.seal()
    sql("DELETE FROM audit_auditcheckpoint")
    old._state.adding = True
    old.save(force_insert=True)
    assert "Entries 6 to 9 are missing" in faults()


def test_a_checkpoint_whose_entry_is_gone_does_not_count(closed, unguarded):
    sql("DELETE FROM audit_auditentry WHERE action = 'audit.close'")
    assert "There is no entry about the checkpoint at entry 5" in faults()


@pytest.mark.parametrize("column", ["entries = 4", "file = '/x'", "file_sha256 = 'x'", "hash = 'x'"])
def test_a_checkpoint_that_was_changed_is_found(column, closed, unguarded):
    sql(f"UPDATE audit_auditcheckpoint SET {column}")
    assert "The checkpoint at entry 5 was not written by Lockstep" in faults()


def test_a_file_that_was_changed_is_found(closed):
    file = Path(closed.file)
    file.write_text(file.read_text().replace("deed.1", "deed.9"))
    assert "was changed" in faults()


def test_a_file_that_is_not_there_leaves_open_whether_it_holds_until_it_is_named(closed, tmp_path):
    other = tmp_path / "archive"
    other.mkdir()
    Path(closed.file).rename(other / "a.jsonl")
    assert "Restore the file" in doubts()
    assert chain.verify(directory=other).holds
