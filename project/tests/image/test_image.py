"""The image, run without an engine as far as that goes: its own user, entrypoint, health check."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml

from project.tests.running import CHECKOUT, PATIENCE, free_port, wait_until
from rig.image import Images, build, tag
from rig.progress import Progress

pytestmark = pytest.mark.image

COMPOSE = yaml.safe_load((CHECKOUT / "docker" / "compose.yml").read_text())
OWN = 10001
PASSWORD = "only-for-a-test-7"


@pytest.fixture(scope="module")
def images() -> Images:
    return build(Progress())


class Container:
    """One on a data volume; it shares the network of this machine, so Lockstep listens on 127.0.0.1 alone."""

    def __init__(self, images: Images, data: Path) -> None:
        self.images, self.data, self.port = images, data, free_port()
        self.name = images.buildah("from", tag())
        self.running: list[subprocess.Popen[str]] = []

    def command(self, *words: str) -> list[str]:
        own = ["--env", "LOCKSTEP_HOST=127.0.0.1", "--env", f"LOCKSTEP_PORT={self.port}"]
        volume = ["--volume", f"{self.data}:/var/lib/lockstep"]
        return self.images.command("run", "--isolation", "chroot", *own, *volume, self.name, "--", *words)

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), input=stdin, capture_output=True, text=True, check=False)

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.running.append(process)
        return process

    def see(self, path: str) -> requests.Response | None:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE)
        except requests.ConnectionError:
            return None

    def is_healthy(self) -> bool:
        """By the health check of compose.yml."""
        [_, *check] = COMPOSE["services"]["web"]["healthcheck"]["test"]
        return self.run(*(word.replace("8000", str(self.port)) for word in check)).returncode == 0

    def close(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)
        self.images.buildah("rm", self.name)


@pytest.fixture
def container(images: Images, tmp_path: Path) -> Iterator[Container]:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    subprocess.run(["chown", f"{OWN}:{OWN}", str(data)], check=True)
    started = Container(images, data)
    yield started
    started.close()


def test_it_is_another_user_without_a_shell_or_pip(container: Container) -> None:
    assert container.run("id", "-u").stdout.strip() == str(OWN)
    assert container.run("lockstep", "--version").stdout == "Lockstep 0.1.0\n"
    assert container.run("touch", "/opt/lockstep/new").returncode != 0
    assert container.run("/opt/lockstep/bin/python", "-c", "import pip").returncode != 0
    for name, package in (("python", "django"), ("frontend", "svelte")):
        assert f'"name": "{package}"' in container.run("cat", f"/opt/lockstep/sbom/{name}.cdx.json").stdout.lower()
    configuration = json.loads(container.images.buildah("inspect", "--type", "image", tag()))["OCIv1"]["config"]
    assert (configuration["User"], configuration["Entrypoint"]) == (f"{OWN}:{OWN}", ["entrypoint"])


def test_a_worker_waits_for_the_tables_that_the_web_server_creates(container: Container) -> None:
    worker = container.start("entrypoint", "worker")
    assert worker.stdout
    assert worker.stdout.readline() == "Waiting for the tables, which the web server creates.\n"
    assert not container.is_healthy()
    container.start("entrypoint", "web")
    wait_until(lambda: container.see("/readyz") is not None, "it does not answer")
    wait_until(lambda: (answer := container.see("/readyz")) is not None and answer.ok, "no worker is ready")
    assert container.is_healthy()
    assert "<!doctype html>" in container.see("/").text

    created = container.run("lockstep", "create_admin", "ada", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert created.returncode == 0, created.stderr
    plugins = container.run("lockstep", "plugins", "list")
    assert plugins.returncode == 0, plugins.stderr
    assert "retention" in plugins.stdout
    files = {path.name: path.stat() for path in container.data.iterdir()}
    assert "lockstep.sqlite3" in files
    assert {facts.st_uid for facts in files.values()} == {OWN}
    assert {facts.st_mode & 0o077 for facts in files.values()} == {0}


def test_its_archive_is_read_as_one_of_docker_and_as_one_of_oci(images: Images, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    images.save(tag(), archive)
    built = layers_of(images)
    for kind in ("docker-archive", "oci-archive"):
        other = Images(tmp_path / kind)
        other.root.mkdir()
        other.buildah("pull", "--quiet", f"{kind}:{archive}")
        assert layers_of(other) == built


def layers_of(images: Images) -> list[str]:
    found: list[str] = json.loads(images.buildah("inspect", "--type", "image", tag()))["OCIv1"]["rootfs"]["diff_ids"]
    return found


def test_compose_runs_it_without_rights_on_a_read_only_system() -> None:
    for name, memory in (("web", "160m"), ("worker", "128m")):
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert (service["mem_limit"], service["memswap_limit"]) == (memory, memory)
        assert service["image"] == tag().removeprefix("localhost/")
