from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.audit import chain, export, triggers
from apps.audit.models import AuditEntry
from apps.audit.services import record


@pytest.fixture
def entries(author):
    for number in range(3):
        record(actor=author, action=f"deed.{number}", target=author)
    chain.seal()


def test_audit_list_filters_entries(manage, entries):
    code, out, _ = manage("audit", "list", "--action", "deed.1")
    assert code == 0
    assert "deed.1" in out
    assert "deed.2" not in out


def test_audit_export_writes_json_lines_only_to_a_new_file(manage, entries, tmp_path):
    file = tmp_path / "audit.jsonl"
    assert manage("audit", "export", "--to", file)[:2] == (0, f"Wrote 3 entries to {file}.\n")
    assert [json.loads(line)["number"] for line in file.read_text().splitlines()] == [1, 2, 3]
    code, _, err = manage("audit", "export", "--to", file)
    assert code == 1
    assert "Choose another file" in err


def test_verify_prints_a_head_to_compare_a_later_verify_with(manage, entries, author):
    code, out, _ = manage("audit", "verify")
    noted = out.split()[-1]
    assert (code, out.split(":")[0]) == (0, "The audit holds")
    record(actor=author, action="later", target=author)
    chain.seal()
    assert manage("audit", "verify", "--noted", noted)[0] == 0
    code, out, _ = manage("audit", "verify", "--noted", "3:abc")
    assert code == 1
    assert "The hash of entry 3 differs from the one noted earlier." in out
    assert manage("audit", "verify", "--noted", "x")[0] == 1


def test_verify_ends_with_1_when_a_row_was_tampered_with(manage, entries):
    triggers.remove(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET object_name = 'x' WHERE number = 2")
    triggers.install(connection)
    code, out, _ = manage("audit", "verify", "--format", "json")
    assert code == 1
    assert "Entry 2 (deed.1, " in json.loads(out)["faults"][0]


def test_days_to_keep_are_not_negative(manage, entries, tmp_path):
    code, _, err = manage("audit", "close", "--keep-days", "-1", "--to", tmp_path / "x", "--yes")
    assert (code, AuditEntry.objects.count()) == (1, 3)
    assert "“-1” is not a whole number from 0" in err


def test_closing_is_a_dry_run_without_yes(manage, entries, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "KEPT_OPEN", timedelta())
    file = tmp_path / "old.jsonl"
    words = ("audit", "close", "--keep-days", "0", "--to", file)
    code, out, _ = manage(*words)
    assert (code, file.exists(), AuditEntry.objects.count()) == (2, False, 3)
    assert "3 entries, up to number 3, would move to" in out
    assert manage(*words, "--yes")[0] == 0
    assert len(file.read_text().splitlines()) == 3
    assert manage("audit", "verify")[0] == 0


def test_closing_takes_the_permission(manage, entries, viewer, tmp_path):
    code, _, err = manage("audit", "close", "--keep-days", "1", "--to", tmp_path / "x", "--as", "viewer")
    assert code == 1
    assert "does not have the permission audit.close" in err


def test_verify_is_for_who_may_read_the_audit(manage, entries, viewer):
    code, out, said = manage("audit", "verify", "--as", "viewer")
    assert (code, out, "audit.view" in said) == (1, "", True)
    assert manage("audit", "verify", "--as", "author")[0] == 0
