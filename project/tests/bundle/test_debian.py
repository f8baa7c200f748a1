"""As root on a Debian 13: a user of its own, who owns the data and nothing else, through an upgrade and back."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.tests.bundle.conftest import Maker
from project.tests.bundle.debian import TARGET, Debian
from project.tests.bundle.wheel import next_version
from rig import image
from rig.errors import RigError
from rig.image import Images
from rig.progress import Progress

VERSION, NEXT = "0.1.0", "0.2.0"
ROOT = {(0, 0)}


@pytest.fixture(scope="module")
def images() -> Images:
    try:
        return image.base(Progress())
    except RigError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def disc(maker: Maker, wheel: Path) -> Path:
    return maker.bundle(wheel, to=TARGET)


@pytest.fixture(scope="module")
def debian(images: Images, maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    found = Debian(tmp_path_factory.mktemp("debian") / "machine", images, maker.public_key)
    yield found
    found.close()


def test_what_fails_leaves_neither_files_nor_a_user(debian, maker):
    before = debian.files()
    done = debian.install(maker.stub(VERSION, "check", to=TARGET))
    assert (done.returncode, "Creating the user lockstep" in done.stdout) == (1, True), done.stderr
    assert done.stderr.endswith("Not installed: what this run made has been removed.\n")
    assert debian.user() == (-1, -1)
    # useradd and userdel keep the former version of what they write
    left = {path for path in debian.files() - before if not path.endswith("-")}
    assert {path for path in left if not (debian.root / path).is_dir()} == set()


def test_it_is_installed_and_runs_as_its_own_user(debian, disc):
    done = debian.install(disc)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Installed Lockstep {VERSION}.\n" in done.stdout
    assert debian.is_running()
    own = debian.user()
    assert own[0] > 0
    assert debian.owners_of_processes() == {own[0]}
    assert debian.owners("var/lib/lockstep") == {own}
    assert debian.owners("opt/lockstep") == ROOT
    settings = (debian.root / "etc/lockstep/lockstep.env").stat()
    assert ((settings.st_uid, settings.st_gid), stat.S_IMODE(settings.st_mode)) == (own, 0o600)
    assert stat.S_IMODE((debian.root / "var/lib/lockstep").stat().st_mode) == 0o700
    assert debian.session()["user"]["username"] == "ada"


def test_a_second_run_changes_nothing(debian, disc):
    before = debian.times()
    done = debian.install(disc)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Lockstep {VERSION} is installed already: nothing was changed." in done.stdout
    assert debian.times() == before


def test_an_upgrade_and_the_way_back_keep_the_owners(debian, disc, maker, wheel, tmp_path):
    newer = maker.bundle(next_version(wheel, NEXT, tmp_path), to=TARGET)
    done = debian.upgrade(newer)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (debian.version(), debian.is_running()) == (NEXT, True)
    debian.lockstep("user", "add", "after", "--password-stdin", stdin="correct horse battery staple\n")
    back = debian.upgrade(newer, "--back", "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert (debian.version(), debian.is_running()) == (VERSION, True)
    assert "after" not in debian.lockstep("user", "list")
    own = debian.user()
    assert debian.owners("var/lib/lockstep") == debian.owners("var/backups/lockstep") == {own}
    assert debian.owners("opt/lockstep") == ROOT
    assert debian.owners_of_processes() == {own[0]}
    debian.lockstep("audit", "verify")
