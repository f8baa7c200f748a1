"""A restore whose process is killed leaves the former instance, or one that refuses to start until it is repeated."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from project.tests.test_filled_dumps import DUMPS
from rig.paths import CHECKOUT

PASSWORD = "a-long-password-of-ada"
RESTORE = ("instance", "restore", str(DUMPS[-1]), "--yes", "--replace", "--without-keys")


class Instance:
    def __init__(self, data: Path) -> None:
        self.data = data

    def start(self, *words: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOCKSTEP_", "DATABASE_"))}
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=CHECKOUT,
            env={**kept, "LOCKSTEP_DATA_DIR": str(self.data), "DJANGO_SETTINGS_MODULE": "project.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        process = self.start(*words)
        said, told = process.communicate(stdin, timeout=120)
        return process.returncode, said, told

    def killed_at(self, stage: str) -> None:
        """The restore, killed as soon as it says that it is there."""
        process = self.start(*RESTORE)
        assert process.stderr
        assert any(stage in line for line in process.stderr), f"it never said “{stage}”"
        process.kill()
        process.communicate()
        assert process.returncode == -9

    def people(self) -> list[str]:
        code, said, told = self.run("user", "list", "--format", "json")
        assert code == 0, told
        return [each["username"] for each in json.loads(said)]


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """The data directory of an instance with one administrator."""
    instance = Instance(tmp_path_factory.mktemp("before") / "data")
    assert instance.run("migrate", "--verbosity", "0")[0] == 0
    assert instance.run("create_admin", "ada", "--password-stdin", stdin=f"{PASSWORD}\n")[0] == 0
    return instance.data


@pytest.fixture
def instance(before, tmp_path):
    shutil.copytree(before, tmp_path / "data")
    return Instance(tmp_path / "data")


@pytest.mark.parametrize("stage", ["Storing files", "Filling the tables", "Migrating the tables"])
def test_a_restore_that_is_killed_leaves_what_was_there_and_can_be_repeated(stage, instance):
    instance.killed_at(stage)
    assert instance.people() == ["ada"]

    code, said, told = instance.run(*RESTORE)
    assert code == 0, told
    assert "Restored the backup of" in said
    assert instance.people() == ["author", "grace"]
