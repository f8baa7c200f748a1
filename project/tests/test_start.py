"""The first start, as a process of its own: keys, database, and the sentence for what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SHOW = "from django.conf import settings; print(settings.SECRET_KEY, *settings.ENCRYPTION_KEYS)"


def started(data_dir: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    ours = ("LOCKSTEP_", "DJANGO_", "DATABASE_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, *(command or ("manage.py", "check"))],
        env=kept | {"LOCKSTEP_DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "project.settings"} | variables,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_the_first_start_writes_private_keys_and_the_second_reads_them(tmp_path):
    data = tmp_path / "data"
    first = started(data, "-c", SHOW)
    assert first.returncode == 0, first.stderr
    assert mode(data) == "0o700"
    assert {file.name: mode(file) for file in data.iterdir()} == {
        "secret_key": "0o600",
        "encryption_key": "0o600",
        "audit_key": "0o600",
        "lockstep.sqlite3": "0o600",
    }
    assert len(set(first.stdout.split())) == 2
    assert started(data, "-c", SHOW).stdout == first.stdout


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        starts = list(pool.map(lambda _: started(tmp_path / "data", "-c", SHOW), range(4)))
    assert [each.returncode for each in starts] == [0] * 4, [each.stderr for each in starts]
    assert len({each.stdout for each in starts}) == 1
    assert sorted(file.name for file in (tmp_path / "data").iterdir() if file.name.startswith(".")) == []


def test_a_database_without_its_encryption_key_is_not_started(tmp_path):
    assert started(tmp_path).returncode == 0
    (tmp_path / "encryption_key").unlink()
    refused = started(tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("The database exists but its encryption key")
    assert not (tmp_path / "encryption_key").exists()


@pytest.mark.parametrize("command", ["check", "environment", "migrate"])
def test_a_wrong_value_stops_the_start_with_one_sentence(tmp_path, command):
    refused = started(tmp_path, "manage.py", command, LOCKSTEP_DEBUG="perhaps")
    assert refused.returncode == 1
    assert refused.stderr == "LOCKSTEP_DEBUG is “perhaps”, which is neither yes nor no. Set it to 1 or 0.\n"
    assert refused.stdout == ""


def test_other_settings_can_be_named_on_the_command_line(tmp_path):
    assert started(tmp_path, "manage.py", "check", "--settings", "project.settings_test").returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_key_is_refused_without_being_shown(tmp_path):
    refused = started(tmp_path, LOCKSTEP_ENCRYPTION_KEY="too-short-hunter2")
    assert refused.returncode == 1
    assert refused.stderr.startswith("LOCKSTEP_ENCRYPTION_KEY has no valid encryption key")
    assert "hunter2" not in refused.stderr


def test_a_data_directory_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    refused = started(tmp_path / "file" / "data")
    assert refused.returncode == 1
    assert refused.stderr.startswith("The data directory “")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("database", ["postgres://127.0.0.1:1/lockstep"])
def test_without_a_key_a_database_that_cannot_be_asked_is_not_trusted_to_be_new(tmp_path, database):
    refused = started(tmp_path, DATABASE_URL=database)
    assert refused.returncode == 1
    assert refused.stderr.startswith("There is no encryption key yet, and whether the database lockstep needs")
    assert not (tmp_path / "encryption_key").exists()


@pytest.mark.parametrize("name", ["secret_key", "encryption_key", "audit_key"])
def test_a_key_file_that_others_can_read_stops_the_start_with_what_to_run(name, tmp_path):
    data = tmp_path / "data"
    started(data, "-c", SHOW)
    (data / name).chmod(0o666)
    refused = started(data)
    assert refused.returncode != 0
    assert f"chmod 600 {data / name}" in refused.stderr
    (data / name).chmod(0o600)
    assert started(data).returncode == 0


@pytest.mark.parametrize("name", ["LOCKSTEP_ENCRYPTION_KEY", "LOCKSTEP_AUDIT_KEY", "LOCKSTEP_SECRET_KEY"])
def test_a_key_file_of_one_s_own_that_others_can_read_stops_the_start(name, tmp_path):
    file = tmp_path / "key"
    file.write_text("b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMDE=")
    file.chmod(0o644)
    refused = started(tmp_path / "data", **{f"{name}_FILE": str(file)})
    assert refused.returncode != 0
    assert f"chmod 600 {file}" in refused.stderr
    file.chmod(0o600)
    assert started(tmp_path / "data", **{f"{name}_FILE": str(file)}).returncode == 0
