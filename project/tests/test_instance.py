"""Backing up an instance with one of everything, and restoring it: on the database of the tests."""

from __future__ import annotations

import json
import shutil
import tarfile
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone

from apps.audit import chain, head
from apps.audit.models import AuditEntry
from apps.core import files
from apps.core.errors import Conflict, Damaged, LockstepError
from apps.environments.models import Environment
from apps.instance import schema, tables
from apps.instance.archive import Archive
from apps.instance.services import restore as restoring
from apps.instance.services.backup import backup
from apps.instance.services.restore import examine, restore
from apps.instance.services.restored_work import settle
from apps.migrations.models import PlanRecord
from apps.schedules.models import ScheduledRun, ScheduledRunState
from apps.tasks.models import Task, TaskLine, TaskState, Worker
from apps.tasks.worker import unfinished
from apps.tasks.worker.processes import host
from apps.users.models import User

pytestmark = pytest.mark.usefixtures("transactional_db", "alone")

MOVES_ON = {"audit_auditentry", "tasks_task", "tasks_taskline", "schedules_schedule", "schedules_scheduledrun"}
"""What a restore itself adds to or changes."""


@pytest.fixture
def key_files(settings, data_dir):
    settings.ENCRYPTION_KEY_FROM_ENVIRONMENT = settings.AUDIT_KEY_FROM_ENVIRONMENT = False
    data_dir.mkdir(mode=0o700, exist_ok=True)


@pytest.fixture
def archive(world, tmp_path) -> Path:
    world.stage.apply(world.migration)
    return backup(into=tmp_path / "one.tar").file


@pytest.fixture
def small(author, data_dir, tmp_path) -> Path:
    files.store("snapshots", b"before")
    return backup(into=tmp_path / "one.tar", actor=author).file


def content() -> dict[str, list[bytes]]:
    with tables.snapshot():
        kept = [name for name in schema.our_tables() if name not in schema.TRANSIENT | MOVES_ON | {schema.HISTORY}]
        return {table: list(tables.lines(table)) for table in kept}


def restored(file: Path, **how):
    with Archive(file) as archive:
        return restore(archive, **how)


def refusal(file: Path, error: type[LockstepError] = LockstepError, **how) -> str:
    choices: dict[str, Any] = {"passphrase": "", "replace": True, "without_keys": False, **how}
    with pytest.raises(error) as refused, Archive(file) as archive:
        examine(archive, **choices)
    return str(refused.value)


# --- There and back ---------------------------------------------------------------------------------------------------


def test_a_restore_brings_back_rows_files_secrets_and_an_audit_that_holds(world, archive, data_dir):
    before = content()
    plan = PlanRecord.objects.first()
    secret = world.prod.secret.reveal()
    User.objects.create_user("mallory")
    Environment.objects.filter(pk=world.prod.pk).update(name="Renamed")
    shutil.rmtree(data_dir / "files")

    done = restored(archive, replace=True)

    assert content() == before
    assert files.StoredFile(plan.bundle_path, plan.bundle_sha256).read()
    assert Environment.objects.get(pk=world.prod.pk).secret.reveal() == secret
    assert (done.audit.holds, chain.verify().faults) == (True, [])
    last = AuditEntry.objects.order_by("-pk").first()
    assert (last.action, last.after["file"]) == ("instance.restored", str(archive))
    assert unfinished.archive() == ""
    with Archive(done.kept.file) as kept:
        names = [json.loads(line)["username"] for line in kept.lines("users_user")]
    assert "mallory" in names
    # Numbering goes on: neither a row of the backup nor one of before is in the way
    assert TaskLine.objects.create(task=Task.objects.create(plugin="a", action="b"), seq=1, text="new").pk


def test_a_failure_in_the_middle_leaves_everything_as_it_was(world, archive, monkeypatch):
    User.objects.create_user("grace-2")
    before, anchored = content(), head.content()

    def fail(*, made):
        raise RuntimeError(made)

    monkeypatch.setattr(restoring, "settle", fail)
    with pytest.raises(RuntimeError):
        restored(archive, replace=True)
    connection.close()
    assert (content(), head.content(), unfinished.archive()) == (before, anchored, "")
    assert chain.verify().holds


def test_json_is_kept_as_json_by_a_process_that_did_nothing_else_before(author):
    """What Django knows of SQLite is forgotten: found out inside the snapshot, it was wrong."""
    Task.objects.create(plugin="a", action="b", params={"names": ["x"]})
    vars(connection.features).pop("supports_json_field", None)
    with tables.snapshot():
        (line,) = tables.lines("tasks_task")
    assert json.loads(line)["params"] == {"names": ["x"]}


# --- While others write -----------------------------------------------------------------------------------------------


def test_rows_are_of_one_moment_and_nobody_waits_for_a_backup(author):
    task = Task.objects.create(plugin="a", action="b")

    def write():
        TaskLine.objects.create(task=Task.objects.create(plugin="late", action="b"), seq=1, text="late")
        connection.close()

    with tables.snapshot():
        assert len(list(tables.lines("tasks_task"))) == 1
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(10)
        assert not writer.is_alive()
        assert list(tables.lines("tasks_taskline")) == []
    assert Task.objects.exclude(pk=task.pk).get().plugin == "late"


def test_a_file_that_is_stored_while_rows_are_read_is_in_the_archive(small, tmp_path, monkeypatch, data_dir):
    original = tables.lines

    def lines(table):
        files.store("plans", b"new meanwhile")
        yield from original(table)

    monkeypatch.setattr(tables, "lines", lines)
    with Archive(backup(into=tmp_path / "two.tar").file) as archive:
        assert len([path for path in archive.manifest.files if path.startswith("plans/")]) == 1


def test_a_file_that_was_changed_or_is_gone_is_named_and_left_out(world, tmp_path, data_dir):
    plan = world.migration.plans.get()
    (data_dir / "files" / plan.bundle_path).write_bytes(b"other")
    made = backup(into=tmp_path / "one.tar")
    assert made.manifest.missing == [plan.bundle_path]
    assert plan.bundle_path not in made.manifest.files


# --- Refusals: nothing is touched -------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_changed_archive_is_refused(small, share):
    with tarfile.open(small) as tar:
        members = [member for member in tar.getmembers() if member.size]
        member = members[int(share * len(members))]
    content = bytearray(small.read_bytes())
    content[member.offset_data + member.size // 2] ^= 1
    small.write_bytes(content)
    with pytest.raises(Damaged, match="is damaged"), Archive(small) as archive:
        restore(archive, replace=True)


def test_an_archive_that_was_cut_off_is_refused(small):
    small.write_bytes(small.read_bytes()[:-20_000])
    with pytest.raises(Damaged, match="incomplete|not an archive"):
        Archive(small)


def test_an_archive_of_a_newer_schema_is_refused(small, monkeypatch):
    monkeypatch.setattr(schema, "unknown", lambda _: ["tasks.0099_later"])
    assert "from a newer version" in refusal(small)


def test_an_instance_that_is_not_empty_is_replaced_only_if_asked_for(small):
    assert "not empty" in refusal(small, Conflict, replace=False)


def test_a_worker_that_is_alive_is_in_the_way(small):
    worker = Worker.objects.create(host="elsewhere 1 2", pid=1, processes=1)
    assert f"A worker is alive: 1 (elsewhere), last seen at {worker.seen:%H:%M:%S}" in refusal(small, Conflict)
    Worker.objects.update(seen=timezone.now() - timedelta(minutes=2))
    Worker.objects.create(host=host(), pid=2**22 - 1, processes=1)  # killed just now
    with Archive(small) as archive:
        examine(archive, passphrase="", replace=True, without_keys=False)


def test_a_web_server_that_is_connected_is_in_the_way(small):
    connected, leave = threading.Event(), threading.Event()

    def stay():
        User.objects.count()
        connected.set()
        leave.wait(30)
        connection.close()

    web = threading.Thread(target=stay)
    web.start()
    connected.wait(10)
    try:
        assert "use the database" in refusal(small, Conflict)
    finally:
        leave.set()
        web.join()
    with Archive(small) as archive:
        examine(archive, passphrase="", replace=True, without_keys=False)


# --- Keys -------------------------------------------------------------------------------------------------------------


def test_a_backup_without_its_keys_is_refused_where_they_are_missing(world, tmp_path, settings, key_files):
    made = backup(into=tmp_path / "one.tar")
    assert made.manifest.keys == "none"
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    (name,) = made.manifest.needed["encryption"]
    assert f"need the encryption key {name}, which is not here" in refusal(made.file)
    with Archive(made.file) as archive:
        examine(archive, passphrase="", replace=True, without_keys=True)


def test_keys_are_carried_under_a_passphrase_and_put_before_those_that_are_there(
    world, tmp_path, settings, key_files, data_dir
):
    old = list(settings.ENCRYPTION_KEYS)
    made = backup(into=tmp_path / "one.tar", passphrase="correct horse")
    assert old[0].encode() not in made.file.read_bytes()
    settings.ENCRYPTION_KEYS = [new := Fernet.generate_key().decode()]
    assert "encrypted with a passphrase" in refusal(made.file)
    assert "The passphrase is wrong" in refusal(made.file, passphrase="wrong")
    restored(made.file, passphrase="correct horse", replace=True)
    assert [*old, new] == settings.ENCRYPTION_KEYS
    assert (data_dir / "encryption_key").read_text().split() == [*old, new]
    assert Environment.objects.get(pk=world.prod.pk).secret.reveal()


def test_a_backup_from_before_a_rotation_fits_as_long_as_the_old_key_is_kept(
    world, tmp_path, settings, key_files, manage
):
    made = backup(into=tmp_path / "one.tar")
    User.objects.filter(pk=world.author.pk).update(is_superuser=True)
    old = settings.ENCRYPTION_KEYS[0]
    assert manage("rotate_encryption_key", "--as", world.author.username)[0] == 0
    (tmp_path / "lockstep" / "encryption_key").read_text()
    settings.ENCRYPTION_KEYS = (tmp_path / "lockstep" / "encryption_key").read_text().split()
    assert settings.ENCRYPTION_KEYS[0] != old
    with Archive(made.file) as archive:
        examine(archive, passphrase="", replace=True, without_keys=False)
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]  # --drop-old
    assert "need the encryption key" in refusal(made.file)


# --- Nothing starts by itself afterwards ------------------------------------------------------------------------------


def test_open_tasks_end_and_schedules_go_on_with_their_next_slot(world):
    now = timezone.now()
    running = Task.objects.create(plugin="a", action="b", state=TaskState.RUNNING, started=now)
    queued = Task.objects.create(plugin="a", action="b")
    waiting = ScheduledRun.objects.create(schedule=world.schedule, state=ScheduledRunState.WAITING, slot=now)
    type(world.schedule).objects.update(next_run=now - timedelta(days=3), enabled=True)

    done = settle(made=now)

    assert (done.lost, done.schedules) == (1, 1)
    for task, state in ((running, TaskState.LOST), (queued, TaskState.CANCELLED)):
        task.refresh_from_db()
        assert (task.state, f"{now:%Y-%m-%d %H:%M} UTC" in task.failure) == (state, True)
        assert task.lines.get().source == "restore"
    waiting.refresh_from_db()
    world.schedule.refresh_from_db()
    assert waiting.state == ScheduledRunState.MISSED
    assert world.schedule.next_run > now
    assert not Task.objects.filter(state__in=("queued", "running")).exists()


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_backs_up_verifies_and_tells_what_a_restore_would_do(world, manage, data_dir):
    code, said, _ = manage("instance", "backup", "--format", "json")
    made = json.loads(said)
    file = Path(made["file"])
    assert (code, file.parent, file.stat().st_mode & 0o777) == (0, data_dir / "backups", 0o600)
    assert (made["database"], made["rows"]["users_user"]) == (connection.vendor, User.objects.count())
    assert AuditEntry.objects.filter(action="instance.backed_up", after__file=str(file)).exists()
    assert manage("instance", "verify", file)[0] == 0

    assert "not empty. Pass --replace" in manage("instance", "restore", file)[2]
    code, said, _ = manage("instance", "restore", file, "--replace")
    assert code == 2
    assert "This is a dry run. Pass --yes to go on." in said
    assert "needs the encryption key" in said
    assert "It would replace what is here" in said


def test_the_command_keeps_the_newest(author, manage, data_dir, tmp_path):
    directory = tmp_path / "kept"
    directory.mkdir()
    others = ["lockstep-2026-01-01-000000.tar", "lockstep-2026-01-02-000000.tar", "notes.tar", "lockstep-copy.tar"]
    for name in others:
        (directory / name).touch()
    assert manage("instance", "backup", "--into", directory, "--keep", "2")[0] == 0
    kept = sorted(file.name for file in directory.iterdir())
    assert len(kept) == 4
    assert {*others[1:]} < {*kept}
    assert "already exists" in manage("instance", "backup", "--into", directory / "notes.tar")[2]
    assert not [name for name in kept if name.startswith(".")]


def test_a_passphrase_comes_from_a_file_and_never_from_the_command_line(author, manage, tmp_path, key_files, data_dir):
    (tmp_path / "passphrase").write_text("correct horse\n")
    words = ("instance", "backup", "--into", tmp_path / "one.tar", "--passphrase-file", tmp_path / "passphrase")
    code, said, told = manage(*words)
    assert (code, "encrypted" in said, "correct horse" in said + told) == (0, True, False)
    entry = AuditEntry.objects.get(action="instance.backed_up")
    assert "correct horse" not in json.dumps(entry.after)


@pytest.mark.parametrize("command", ["web", "worker", "run"])
def test_nothing_starts_on_an_instance_that_is_half_restored(command, manage, data_dir, tmp_path, monkeypatch):
    data_dir.mkdir()
    unfinished.note(tmp_path / "one.tar")
    code, _, told = manage(command)
    assert code == 1
    assert f"half restored: the restore of “{tmp_path / 'one.tar'}” was interrupted" in told
    assert "instance restore FILE --yes --replace" in told
