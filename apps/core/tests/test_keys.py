from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.core import keys


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
    with pytest.raises(ImproperlyConfigured, match=keys.ENCRYPTION_KEY_FILE) as refused:
        keys.encryption_keys(tmp_path, database_exists=lambda: True)
    assert "hunter2" not in str(refused.value)
