from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.core.crypto import keys


def test_keys_are_made_once(tmp_path):
    first = keys.encryption_keys(tmp_path, database_exists=lambda: False)
    assert keys.encryption_keys(tmp_path, database_exists=lambda: True) == first
    assert keys.secret_key(tmp_path) == keys.secret_key(tmp_path)


def test_replaced_keys_are_read_newest_first(tmp_path):
    old = keys.encryption_keys(tmp_path, database_exists=lambda: False)
    new = keys.new_encryption_key()
    keys.replace_encryption_keys(tmp_path, [new, *old])
    assert keys.encryption_keys(tmp_path, database_exists=lambda: True) == [new, *old]
    assert (tmp_path / keys.ENCRYPTION_KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_key_that_appears_while_the_database_is_looked_for_is_taken(tmp_path):
    def another_process_was_quicker() -> bool:
        keys.encryption_keys(tmp_path, database_exists=lambda: False)
        return True

    assert len(keys.encryption_keys(tmp_path, database_exists=another_process_was_quicker)) == 1


def test_a_lost_key_is_not_replaced(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="The database exists but its encryption key"):
        keys.encryption_keys(tmp_path, database_exists=lambda: True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "\n", "hunter2\n"])
def test_a_key_file_with_anything_else_is_refused_without_showing_it(tmp_path, content):
    (tmp_path / keys.ENCRYPTION_KEY_FILE).write_text(content)
    (tmp_path / keys.ENCRYPTION_KEY_FILE).chmod(0o600)
    with pytest.raises(ImproperlyConfigured, match=keys.ENCRYPTION_KEY_FILE) as refused:
        keys.encryption_keys(tmp_path, database_exists=lambda: True)
    assert "hunter2" not in str(refused.value)


KINDS = [
    (keys.SECRET_KEY_FILE, keys.secret_key),
    (keys.ENCRYPTION_KEY_FILE, lambda directory: keys.encryption_keys(directory, database_exists=lambda: True)),
    (keys.AUDIT_KEY_FILE, keys.audit_keys),
]


@pytest.fixture
def directory(tmp_path):
    keys.encryption_keys(tmp_path, database_exists=lambda: False)
    return tmp_path


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o777])
@pytest.mark.parametrize(("name", "read"), KINDS)
def test_a_key_file_that_others_can_read_or_change_is_refused_with_what_to_run(name, read, mode, directory):
    read(directory)
    (directory / name).chmod(mode)
    with pytest.raises(ImproperlyConfigured, match=f"chmod 600 {directory / name}") as refused:
        read(directory)
    assert ("can change" in str(refused.value)) == bool(mode & 0o022)
    (directory / name).chmod(0o600)
    read(directory)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
@pytest.mark.parametrize(("name", "read"), KINDS)
def test_a_key_file_in_a_world_writable_directory_is_refused(name, read, mode, directory):
    read(directory)
    directory.chmod(mode)
    with pytest.raises(ImproperlyConfigured, match=f"chmod o-w {directory}"):
        read(directory)


def test_a_file_of_another_user_may_be_read_by_more_and_changed_by_nobody(directory, monkeypatch):
    file = directory / keys.ENCRYPTION_KEY_FILE
    monkeypatch.setattr("os.geteuid", lambda: 12_345)
    file.chmod(0o444)
    keys.refuse_exposed(file)
    file.chmod(0o464)
    with pytest.raises(ImproperlyConfigured, match="can change the key file"):
        keys.refuse_exposed(file)


def test_a_key_of_the_audit_that_can_be_guessed_is_refused_without_showing_it():
    with pytest.raises(ImproperlyConfigured, match="fewer than 32 characters") as refused:
        keys.checked_audit_keys("LOCKSTEP_AUDIT_KEY", ["hunter2"])
    assert "hunter2" not in str(refused.value)
