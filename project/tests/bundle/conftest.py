"""A bundle of this checkout, signed, on a machine without a network."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from project.tests.bundle.machine import Machine, target
from project.tests.bundle.stub import OLD, stub_wheel
from rig.bundle import sbom, wheels
from rig.bundle.bundle import Contents, create
from rig.bundle.target import Target
from rig.progress import Progress

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.bundle)


@pytest.fixture(scope="session", autouse=True)
def _cut_off() -> None:
    """With only a loopback there is no way to any other machine."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"], "run these by `make test-bundle`"


@dataclass(frozen=True)
class Maker:
    """Who makes bundles, with a key pair."""

    place: Path
    key: Path
    public_key: Path

    @classmethod
    def new(cls, place: Path) -> Maker:
        place.mkdir()
        made = cls(place, place / "private.pem", place / "public.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(made.key)], check=True)
        subprocess.run(["openssl", "pkey", "-in", str(made.key), "-pubout", "-out", str(made.public_key)], check=True)
        return made

    def archive(self, wheel: Path, *, signed: bool = True, image: Path | None = None, to: Target | None = None) -> Path:
        contents = Contents(to or target(), wheel, image, self.key if signed else None)
        return create(contents, self.place / ("signed" if signed else "unsigned"), Progress())

    def bundle(self, wheel: Path, *, signed: bool = True, image: Path | None = None, to: Target | None = None) -> Path:
        """Unpacked."""
        archive = self.archive(wheel, signed=signed, image=image, to=to)
        into = archive.parent / wheels.sha256(archive)[:8]
        with tarfile.open(archive) as opened:
            opened.extractall(into, filter="tar")
        return next(into.iterdir())

    @cache  # noqa: B019 - it lives as long as the tests
    def stub(self, version: str, *faults: str, to: Target | None = None) -> Path:
        """The same with the stub in the place of Lockstep and its packages, unpacked."""
        downloads = self.place / "pip"
        if not downloads.exists():
            downloads.mkdir()
            shutil.copy2(next(wheels.downloaded(target(), Progress()).glob("pip-*.whl")), downloads)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(wheels, "downloaded", lambda *_: downloads)
            patched.setattr(sbom, "write", lambda _, into: into.mkdir())
            return self.bundle(stub_wheel(self.place / "-".join([version, *faults]), version, *faults), to=to)

    @property
    def trusted(self) -> tuple[str, Path]:
        return "--public-key", self.public_key


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.built(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return Maker.new(tmp_path_factory.mktemp("maker") / "ours")


@pytest.fixture(scope="session")
def bundle(maker: Maker, wheel: Path) -> Path:
    return maker.bundle(wheel)


@pytest.fixture(scope="session")
def stub(maker: Maker) -> Path:
    return maker.stub(OLD)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    found = Machine(tmp_path / "machine")
    yield found
    assert found.systemctl("stop", "lockstep-web", "lockstep-worker") == 0


@pytest.fixture
def installed(machine: Machine, stub: Path, maker: Maker) -> Machine:
    done = machine.install(stub, *maker.trusted, "--password-file", machine.password_file)
    assert done.returncode == 0, done.stdout + done.stderr
    return machine


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Iterator[Path]:
    """A bundle to spoil: the same files, until one is replaced."""
    copied = tmp_path / bundle.name
    shutil.copytree(bundle, copied, copy_function=os.link)
    yield copied
    shutil.rmtree(copied)
