from __future__ import annotations

import os
import pwd

import pytest
from django.db import OperationalError

from apps.audit import sealer
from apps.audit.models import AuditEntry
from apps.audit.services import os_user, record
from apps.core.append_only import AppendOnlyError


def test_an_entry_shows_who_did_what_to_what(author):
    record(actor=author, action="user.rename", target=author, before={"name": "a"}, after={"name": "b"})
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.source) == (author, "user.rename", "command")
    assert (entry.object_type, entry.object_id, entry.object_name) == ("users.user", str(author.pk), "author")
    assert (entry.before, entry.after) == ({"name": "a"}, {"name": "b"})
    assert entry.os_user == pwd.getpwuid(os.getuid()).pw_name


def test_the_account_of_the_system_is_not_taken_from_the_environment(monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    assert os_user() != "somebody-else"


def test_an_account_without_a_name_is_its_number(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert os_user() == "4000000"


def test_secrets_are_hidden_by_their_name(author):
    facts = {"password": "hunter2", "nested": [{"api_key": "hunter2", "token": ""}], "provider": "db"}
    entry = record(actor=author, action="x", target=author, after=facts)
    assert entry.after == {"password": "********", "nested": [{"api_key": "********", "token": ""}], "provider": "db"}


def test_entries_cannot_be_changed_or_deleted(author):
    entry = record(actor=None, action="x", target=author)
    for attempt in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(action="y"),
        lambda: AuditEntry.objects.bulk_update([entry], ["action"]),
    ):
        with pytest.raises(AppendOnlyError, match="AuditEntry is never"):
            attempt()
    assert AuditEntry.objects.get().action == "x"


def test_a_database_that_is_full_when_an_entry_is_sealed_is_reported_in_one_line(
    author, transactional_db, monkeypatch, caplog
):
    def full(**_):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(sealer, "seal", full)
    record(actor=author, action="thing.do", target=author)
    assert [(line.getMessage(), line.exc_info) for line in caplog.records if line.levelname == "WARNING"] == [
        ("entries of the audit are not sealed yet: database or disk is full", None)
    ]
