from __future__ import annotations

import hashlib

import pytest

from apps.core.errors import Damaged
from apps.core.files import StoredFile, all_files, open_file, store


def test_a_stored_file_is_read_back(data_dir):
    stored = store("plans", b"content")
    assert stored.sha256 == hashlib.sha256(b"content").hexdigest()
    assert stored.path == f"plans/{stored.sha256}.zip"
    assert stored.read() == b"content"


def test_a_stored_file_is_private_and_leaves_no_draft(data_dir):
    store("plans", b"content")
    (file,) = (data_dir / "files" / "plans").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert {each.stat().st_mode & 0o777 for each in (data_dir, data_dir / "files", file.parent)} == {0o700}


def test_equal_content_is_one_file_and_mends_a_damaged_one(data_dir):
    stored = store("plans", b"content")
    (data_dir / "files" / stored.path).write_bytes(b"other")
    assert store("plans", b"content") == stored
    assert stored.read() == b"content"


def test_a_changed_file_is_not_read(data_dir):
    stored = store("plans", b"content")
    (data_dir / "files" / stored.path).write_bytes(b"contenT")
    with pytest.raises(Damaged, match="was changed after it was written") as refused:
        stored.read()
    assert refused.value.context["expected"] == stored.sha256


def test_a_lost_file_is_reported(data_dir):
    with pytest.raises(Damaged, match="plans/lost.zip cannot be read .No such file"):
        StoredFile("plans/lost.zip", "0" * 64).read()


def test_a_backup_finds_all_files_but_unfinished_ones(data_dir):
    assert list(all_files()) == []
    stored = [store(folder, folder.encode()) for folder in ("plans", "snapshots")]
    (data_dir / "files" / "plans" / ".draft").write_bytes(b"half")
    assert [(file.path, file.size) for file in all_files()] == [(stored[0].path, 5), (stored[1].path, 9)]
    with open_file(stored[0].path) as content:
        assert content.read() == b"plans"


@pytest.mark.parametrize("path", ["../secret_key", "/etc/passwd", "plans/../../secret_key", ""])
def test_no_path_leads_out_of_the_directory(data_dir, path):
    with pytest.raises(Damaged, match="is not the name of a stored file"):
        StoredFile(path, "0" * 64).read()


def test_a_directory_that_cannot_be_written_is_reported(data_dir):
    data_dir.write_text("in the way")
    with pytest.raises(Damaged, match="cannot be stored in .* Check the disk space"):
        store("plans", b"content")
