"""A database that can only be read, and a disk that is full: what can be read is read, and the rest is refused."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from apps.core import files, messages
from apps.core.concurrency import write_if_possible
from apps.core.errors import NoRoom
from apps.core.storage import why_not_stored
from apps.users.models import ApiToken, User
from apps.users.services.tokens import create_token
from conftest import api_of
from project.tests.running import CHECKOUT, environment

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def to_be_read_only(request):
    """Call it, and every change is refused from then on by the database itself."""
    on, off = {
        "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
        "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
    }[connection.vendor]

    def begin():
        with connection.cursor() as cursor:
            cursor.execute(on)
        request.addfinalizer(end)

    def end():
        with connection.cursor() as cursor:
            cursor.execute(off)

    return begin


@pytest.fixture
def script(author):
    _, text = create_token(user=author, name="ci", days=1, scope="act")
    script = api_of()
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return script


@pytest.mark.parametrize("name", ["api:health", "api:environments", "api:tasks", "api:migrations"])
def test_a_script_reads_from_a_database_that_can_only_be_read(name, script, to_be_read_only):
    to_be_read_only()
    assert script.get(reverse(name)).status_code == 200
    assert ApiToken.objects.get().last_used is None


def test_health_says_that_nothing_can_be_stored(script, to_be_read_only):
    assert script.get(reverse("api:health")).json()["storage"]["ok"]
    to_be_read_only()
    told = script.get(reverse("api:health")).json()
    assert (told["ok"], told["storage"]["sentence"]) == (False, messages.READ_ONLY)
    assert "No worker is running" not in told["worker"]["sentence"]


def test_a_change_is_refused_with_a_sentence(author, to_be_read_only):
    browser = api_of(author)
    browser.raise_request_exception = False
    to_be_read_only()
    answer = browser.post(reverse("api:tokens"), {"name": "ci", "days": 1})
    assert (answer.status_code, answer.json()["code"]) == (503, "read_only")
    assert "nothing was changed" in answer.json()["detail"]


def test_nobody_signs_in_whose_attempt_cannot_be_counted(author, to_be_read_only):
    to_be_read_only()
    answer = api_of().post("/api/v1/session", {"username": "author", "password": "only-for-tests"})
    assert (answer.status_code, answer.json()["code"]) == (503, "read_only")


@pytest.mark.parametrize("page", ["/admin/", "/admin/tasks/task/", "/api/v1/session", "/api/v1/health"])
def test_who_is_signed_in_looks_at_pages_all_the_same(page, client, author, to_be_read_only):
    User.objects.update(is_staff=True)
    client.force_login(author)
    session = client.session
    session["seen"] = 0.0
    session.save()
    session["seen"] = timezone.now().timestamp() - 600  # to be noted anew
    session.save()
    to_be_read_only()
    assert client.get(page).status_code == 200


def test_an_expired_session_signs_nobody_in_although_it_cannot_be_removed(client, author, to_be_read_only):
    client.force_login(author)
    session = client.session
    session["seen"] = 1.0
    session.save()
    to_be_read_only()
    assert client.get("/api/v1/environments").status_code == 401


def test_the_last_use_of_a_token_is_stored_where_possible(script):
    ApiToken.objects.update(last_used=timezone.now() - timedelta(hours=1))
    script.get(reverse("api:health"))
    assert timezone.now() - ApiToken.objects.get().last_used < timedelta(minutes=1)


def test_a_reader_does_not_wait_for_who_writes(script, settings):
    if connection.vendor != "sqlite":
        pytest.skip("on PostgreSQL nobody waits for the writer of another row")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        began = timezone.now()
        assert script.get(reverse("api:health")).status_code == 200
        assert timezone.now() - began < timedelta(seconds=5)
        cursor.execute("ROLLBACK")
    other.close()
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20000,)


def test_what_is_left_out_leaves_the_connection_as_it_was(author, to_be_read_only, caplog):
    to_be_read_only()
    assert not write_if_possible(lambda: User.objects.update(email="x@example.com"), "something")
    assert User.objects.count() == 1
    assert "something could not be stored" in caplog.text


def test_a_command_ends_in_a_sentence(manage, author, to_be_read_only):
    to_be_read_only()
    code, said, told = manage("token", "create", "ci", "--as", "author")
    assert (code, said) == (1, "")
    assert told == f"{messages.READ_ONLY} {messages.MAKE_ROOM}\n"


def test_a_command_on_a_full_database_ends_in_a_sentence(manage, author):
    if connection.vendor != "sqlite":
        pytest.skip("a PostgreSQL cannot be filled for a test")
    with connection.cursor() as cursor:
        (size,) = cursor.execute("PRAGMA page_size").fetchone()
        (free,) = cursor.execute("PRAGMA freelist_count").fetchone()  # of tests before this one
        cursor.execute("CREATE TABLE filled (content BLOB)")
        cursor.execute(f"INSERT INTO filled VALUES (zeroblob({(free + 1) * size}))")
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            codes = {manage("token", "create", "x" * 90, "--as", "author")[::2] for _ in range(200)}
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert (1, f"{messages.DISK_FULL} {messages.MAKE_ROOM}\n") in codes
    assert {code for code, _ in codes} <= {0, 1}


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OperationalError("attempt to write a readonly database"), messages.READ_ONLY),
        (OperationalError("database or disk is full"), messages.DISK_FULL),
        (OSError(errno.ENOSPC, "No space left on device"), messages.DISK_FULL),
        (OSError(errno.EROFS, "Read-only file system"), messages.READ_ONLY_DISK),
        (OperationalError("database is locked"), ""),
        (FileNotFoundError(errno.ENOENT, "No such file"), ""),
        (ValueError("disk is full"), ""),
    ],
)
def test_what_says_that_nothing_can_be_stored(error, sentence):
    assert why_not_stored(error) == sentence


def test_a_full_disk_leaves_nothing_half_written(data_dir, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoom, match=re.escape("(No space left on device)")):
        files.store("plans", b"content")
    assert list((data_dir / "files" / "plans").iterdir()) == []


def test_an_output_that_does_not_fit_on_its_disk_is_reported(tmp_path):
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, check=True, cwd=CHECKOUT, env=environment(tmp_path))
    command = [sys.executable, "manage.py", "task", "list"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=CHECKOUT,
            env=environment(tmp_path),
        )
    assert (ended.returncode, ended.stderr) == (1, f"{messages.DISK_FULL}\n")
