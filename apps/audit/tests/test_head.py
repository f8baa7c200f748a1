"""The head of the audit outside of the database, its keys, and looking at it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit import anchor, chain, head, seals
from apps.audit.models import AuditEntry
from apps.audit.services import record
from apps.audit.tests.forging import deeds, doubts, faults, head_file, sql
from apps.core.errors import LockstepError
from apps.core.tests.buckets import files_in

# --- The head ---------------------------------------------------------------------------------------------------------


def test_without_a_head_the_verification_is_undecided(entries, author):
    head_file().unlink()
    assert "There is no head outside the database" in doubts()
    deeds(author, 2)
    assert "There is no head outside the database" in doubts()


def test_a_head_is_rewritten_with_a_reason_that_the_audit_keeps(entries, author):
    head_file().unlink()
    anchor.anchor(actor=author, reason="the disk was lost")
    assert chain.verify().holds
    assert AuditEntry.objects.get(action="audit.anchor").after == {"reason": "the disk was lost"}
    with pytest.raises(LockstepError, match="requires a reason"):
        anchor.anchor(actor=author, reason=" ")


def test_each_of_several_hosts_has_a_head_of_its_own(author, settings, tmp_path, unguarded):
    settings.STORAGES = files_in("http://127.0.0.1:1", "shared")
    first = settings.DATA_DIR
    deeds(author, 3)
    settings.DATA_DIR = tmp_path / "second"
    settings.DATA_DIR.mkdir()
    deeds(author, 2)
    assert chain.verify().holds
    settings.DATA_DIR = first
    assert chain.verify().holds, "that another host sealed last is no finding"
    sql("DELETE FROM audit_auditentry WHERE number >= 3")
    for host in (first, tmp_path / "second"):
        settings.DATA_DIR = host
        assert "missing at the end" in faults()


NUMBERS = ("Infinity", "-Infinity", "NaN", "1e400", "1.5", "-1", "true", "null", '"7"', "9" * 30, "9" * 5000)
ODD = [
    *(f'{{"number": {number}, "hash": "x", "at": "y", "mark": "z.z"}}' for number in NUMBERS),
    '{"number": 1, "hash": "\\ud800", "at": "y", "mark": "z.z"}',
    '{"number": 1, "hash": "x", "at": [], "mark": "z"}',
]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"number": "x"}', "\0" * 100, "[" * 5000, *ODD])
def test_a_head_that_holds_no_head_is_reported(content, entries):
    head_file().write_text(content)
    assert "There is no head outside the database" in doubts()


def test_a_head_that_somebody_wrote_is_found(entries, unguarded):
    told = json.loads(head_file().read_text())
    sql("DELETE FROM audit_auditentry WHERE number = 5")
    fourth = AuditEntry.objects.get(number=4)
    head_file().write_text(json.dumps(told | {"number": 4, "hash": fourth.hash}))
    assert "was not written by Lockstep" in faults()


def test_an_older_head_put_back_is_reported_as_not_written_since(author):
    deeds(author, 3)
    old = head_file().read_text()
    deeds(author, 2)
    head_file().write_text(old)
    assert "was last written at entry 3" in doubts()
    assert faults() == ""
    deeds(author, 1)
    assert chain.verify().holds


def test_a_full_disk_does_not_stop_the_act_and_is_reported_afterwards(entries, author, monkeypatch, caplog):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(head.os, "open", full)
        deeds(author, 2)
    assert "No space left on device" in caplog.text
    assert AuditEntry.objects.filter(number=7).exists()
    assert "was last written at entry 5" in doubts()
    assert faults() == ""
    deeds(author, 1)
    assert chain.verify().holds


def test_a_writer_that_stands_still_with_the_head_in_hand_stops_nobody(entries, author, monkeypatch, caplog):
    monkeypatch.setattr(head, "PATIENCE", 0.01)
    with head._locked():
        deeds(author, 1)
    assert "another process has locked it" in caplog.text
    assert "was last written at entry 5" in doubts()


def test_a_head_sent_away_finds_what_was_cut_off_with_the_own_head(author, settings, tmp_path, unguarded):
    settings.AUDIT_HEAD_FILE = tmp_path / "away"
    deeds(author, 3)
    own = head_file().read_text()
    deeds(author, 2)
    assert len(settings.AUDIT_HEAD_FILE.read_text().splitlines()) == 2
    assert chain.verify().holds
    sql("DELETE FROM audit_auditentry WHERE number > 3")
    head_file().write_text(own)
    assert "2 sealed entries are missing at the end" in faults()


def test_an_accepted_table_is_accepted_for_the_head_sent_away_too(author, settings, tmp_path, unguarded):
    settings.AUDIT_HEAD_FILE = tmp_path / "away"
    deeds(author, 5)
    sql("DELETE FROM audit_auditentry WHERE number > 3")
    anchor.anchor(actor=author, reason="restored an older backup")
    assert chain.verify().holds
    deeds(author, 1)
    assert chain.verify().holds


def test_what_was_accepted_once_does_not_hide_what_is_cut_off_later(author, settings, tmp_path, unguarded):
    settings.AUDIT_HEAD_FILE = away = tmp_path / "away"
    deeds(author, 2)
    anchor.anchor(actor=author, reason="restored an older backup")
    own, accepted = head_file().read_text(), away.read_text().splitlines()[-1]
    deeds(author, 2)
    sql("DELETE FROM audit_auditentry WHERE number > 3")
    head_file().write_text(own)
    with away.open("a") as file:
        file.write(f"{accepted}\n")  # by somebody who can append, and has no key
    assert "2 sealed entries are missing at the end" in faults()


def test_the_head_is_for_its_owner_only(entries):
    assert head_file().stat().st_mode & 0o777 == 0o600


# --- Keys and clocks --------------------------------------------------------------------------------------------------


def test_what_an_old_key_sealed_still_verifies_after_a_rotation(with_key_file, author, settings, data_dir):
    data_dir.mkdir(mode=0o700)
    deeds(author, 2)
    name = anchor.rotate_key(actor=author)
    chain.seal()
    deeds(author, 2)
    assert {seals.key_of(entry.hash) for entry in AuditEntry.objects.all()} == {seals.name_of("a" * 40), name}
    assert chain.verify().holds


def test_a_process_that_started_before_the_rotation_knows_the_new_key(with_key_file, author, settings, data_dir):
    data_dir.mkdir(mode=0o700)
    before = list(settings.AUDIT_KEYS)
    anchor.rotate_key(actor=author)
    chain.seal()
    settings.AUDIT_KEYS = before
    deeds(author, 1)
    assert chain.verify().holds


def test_a_lost_key_is_named_and_the_verification_fails(entries, author, settings):
    lost = seals.name_of(settings.AUDIT_KEYS[0])
    settings.AUDIT_KEYS = ["b" * 40]
    deeds(author, 2)
    assert f"5 entries (1 to 5) are sealed with the key {lost}, which is not available" in doubts()


def test_an_unsealed_entry_with_a_lost_key_is_undecided_and_no_forgery(entries, author, settings):
    lost = seals.name_of(settings.AUDIT_KEYS[0])
    record(actor=author, action="waits", target=author)
    kept, settings.AUDIT_KEYS = settings.AUDIT_KEYS, ["b" * 40]
    chain.seal()
    assert faults() == ""
    assert f"is marked with the key {lost}, which is not available" in doubts()
    settings.AUDIT_KEYS = [*settings.AUDIT_KEYS, *kept]
    chain.seal()
    found = chain.verify()
    assert (found.holds, found.entries, found.unsealed) == (True, 6, 0)


def test_a_key_in_the_environment_is_rotated_there(author):
    with pytest.raises(LockstepError, match="LOCKSTEP_AUDIT_KEYS_OLD"):
        anchor.rotate_key(actor=author)


def test_a_clock_that_was_set_back_breaks_nothing(entries, author, monkeypatch):
    earlier = timezone.now() - timedelta(hours=3)
    monkeypatch.setattr("django.utils.timezone.now", lambda: earlier)
    deeds(author, 2)
    monkeypatch.undo()
    found = chain.verify()
    assert (found.holds, "Entry 6 is dated before the previous entry" in found.notes[0]) == (True, True)
    assert AuditEntry.objects.get(number=6).sealed_at >= AuditEntry.objects.get(number=5).sealed_at


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_looking_writes_nothing(entries, author):
    record(actor=author, action="later", target=author)
    before = head_file().stat().st_mtime_ns
    found = chain.verify()
    assert (found.holds, found.unsealed, found.entries) == (True, 1, 5)
    assert AuditEntry.objects.get(action="later").number is None
    assert head_file().stat().st_mtime_ns == before


@pytest.mark.parametrize("value", [1, 1.0, 0.1, 1e-7, 1e22, -0.0, True, None, "é\u2028", [1, (2, 3)], {"a": {"b": []}}])
def test_every_kind_of_value_is_verified_as_it_was_written(value, author):
    record(actor=author, action="deed", target=author, after={"value": value, "7": {7: 8}})
    chain.seal()
    assert chain.verify().holds
