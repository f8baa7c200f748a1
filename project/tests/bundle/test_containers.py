"""The containers, by a stand-in for Docker: what it is asked to do, in which order, with which secrets."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from project.tests.bundle.conftest import Maker
from project.tests.bundle.machine import PASSWORD, SITE, Machine
from rig.image import tag

DOCKER = """\
echo "$*" >> "$STATE/docker"
case "$*" in
    "image inspect "*) grep -qx "$3" "$STATE/images" ;;
    "load "*) cmp -s "$4" "$STATE/archive" ;;
    "tag "*) echo "$3" >> "$STATE/images" ;;
    *" user list "*) if [ -f "$STATE/admin" ]; then echo '[{"username": "ada"}]'; else echo '[]'; fi ;;
    *" create_admin "*) cat > "$STATE/admin" ;;
esac
"""
OTHERS = ("postgres:16", "caddy:2")
SECRETS = {"audit_key", "database_password", "database_url", "encryption_key", "secret_key"}


class Host(Machine):
    """A machine with Docker, and the images that are not Lockstep's."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        (self.state / "archive").write_bytes(b"an image")
        (self.state / "images").write_text("".join(f"{name}\n" for name in OTHERS))
        self.shim("docker", DOCKER)
        self.folder = self.root / "opt/lockstep/compose"

    def start(self, bundle: Path, maker: Maker) -> subprocess.CompletedProcess[str]:
        own = ("--containers", "--root", self.root, "--site", SITE, "--admin", "ada")
        return self.run(bundle / "install.sh", *own, *maker.trusted, "--password-file", self.password_file)

    def asked(self) -> list[str]:
        compose = f"compose --project-directory {self.folder} --file {self.folder}/compose.yml "
        return [line.removeprefix(compose) for line in (self.state / "docker").read_text().splitlines()]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "host")


@pytest.fixture(scope="module")
def with_image(maker: Maker, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = tmp_path_factory.mktemp("image") / "image.tar"
    image.write_bytes(b"an image")
    return maker.bundle(wheel, image=image)


def test_the_image_is_loaded_and_started_with_secrets_of_its_own(host, with_image, maker):
    done = host.start(with_image, maker)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(f"Installed Lockstep 0.1.0.\nSign in at https://{SITE}\n")
    asked = host.asked()
    loaded = next(index for index, line in enumerate(asked) if line.startswith("load "))
    assert asked[loaded + 1] == f"tag {tag()} {tag().removeprefix('localhost/')}"
    assert asked[loaded + 2] == "up --detach --no-build --quiet-pull"
    assert asked[-2:] == [
        "exec -T web lockstep create_admin ada --password-stdin",
        "exec -T web lockstep doctor --offline",
    ]
    assert (host.state / "admin").read_text() == f"{PASSWORD}\n"
    secrets = {path.name: path for path in (host.folder / "secrets").iterdir()}
    assert set(secrets) == SECRETS
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in secrets.values()} == {0}
    password = secrets["database_password"].read_text().strip()
    assert secrets["database_url"].read_text() == f"postgres://lockstep:{password}@database:5432/lockstep\n"
    assert "build:" not in (host.folder / "compose.yml").read_text()
    assert (host.folder / ".env").read_text() == f"LOCKSTEP_SITE={SITE}\n"
    told = done.stdout + done.stderr + "\n".join(asked)
    assert [name for name, path in secrets.items() if path.read_text().strip() in told] == []


def test_a_second_run_keeps_the_secrets_and_the_administrator(host, with_image, maker):
    host.start(with_image, maker)
    before = {path.name: path.read_text() for path in (host.folder / "secrets").iterdir()}
    (host.state / "docker").unlink()
    done = host.start(with_image, maker)
    assert "Lockstep 0.1.0 is installed already: nothing was changed." in done.stdout
    assert {path.name: path.read_text() for path in (host.folder / "secrets").iterdir()} == before
    assert [line for line in host.asked() if line.startswith(("load", "tag")) or "create_admin" in line] == []


def test_a_missing_image_of_postgresql_is_told_with_what_brings_it(host, with_image, maker):
    (host.state / "images").write_text("caddy:2\n")
    done = host.start(with_image, maker)
    assert (done.returncode, host.files()) == (1, set())
    assert done.stderr.startswith("The image postgres:16 is not on this machine.")
    assert "docker pull postgres:16" in done.stderr


def test_a_bundle_without_an_image_offers_the_service(host, bundle, maker):
    done = host.start(bundle, maker)
    assert (done.returncode, host.files()) == (1, set())
    assert done.stderr.startswith("This bundle has no image. Use --service")


def test_without_docker_or_podman_nothing_is_installed(host, with_image, maker):
    host.shim("docker", "exit 1")
    host.shim("podman", "exit 1")
    done = host.start(with_image, maker)
    assert (done.returncode, host.files()) == (1, set())
    assert done.stderr.startswith("Neither 'docker compose' nor 'podman compose' works here.")
