"""Builds Lockstep's image without a container engine: buildah in a chroot, on a Debian with Python 3.13 by debootstrap.

The storage of buildah is in HOME/images (see `rig.paths`), so that the base is made once. It needs root.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rig import paths
from rig.errors import RigError
from rig.locks import acquire
from rig.progress import Progress

SUITE = "trixie"
"""The Debian whose Python is 3.13."""

PACKAGES = "python3,python3-venv,ca-certificates"
BASE = f"localhost/lockstep-base:{SUITE}"
CERTIFICATES = Path("/etc/ssl/certs")
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS = ("buildah", "debootstrap")


@dataclass(frozen=True)
class Images:
    """The images of one buildah storage."""

    root: Path

    def buildah(self, *words: str, **more: str) -> str:
        """What the command prints; RigError with the end of what it said if it fails."""
        ended = subprocess.run(self.command(*words), capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
        if ended.returncode:
            told = "\n".join(ended.stderr.strip().splitlines()[-15:])
            raise RigError(f"buildah {words[0]} failed:\n{told}")
        return str(ended.stdout).strip()

    def command(self, *words: str) -> list[str]:
        storage = [
            "--root",
            str(self.root / "storage"),
            "--runroot",
            str(self.root / "run"),
            "--storage-driver",
            "overlay",
        ]
        return ["buildah", *storage, *words]

    def has(self, image: str) -> bool:
        return bool(self.buildah("images", "--quiet", "--filter", f"reference={image}"))

    def create_base(self) -> None:
        with tempfile.TemporaryDirectory(dir=self.root) as place:
            system = Path(place) / "system"
            bootstrap = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(system)]
            ended = subprocess.run(bootstrap, capture_output=True, text=True, check=False)
            if ended.returncode:
                raise RigError(f"debootstrap failed:\n{ended.stdout[-1500:]}{ended.stderr[-500:]}")
            shutil.rmtree(system / "var/cache/apt/archives")
            container = self.buildah("from", "scratch")
            self.buildah("add", "--quiet", container, f"{system}/", "/")
            self.buildah(
                "config", "--env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", container
            )
            self.buildah("commit", "--quiet", "--rm", container, BASE)

    def create(self, image: str) -> None:
        own = ["--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro"]
        own += ["--build-arg", f"NODE_EXTRA_CA_CERTS={CERTIFICATES}/ca-certificates.crt"]
        what = ["--isolation", "chroot", "--build-arg", f"BASE={BASE}", "--file", "docker/Dockerfile"]
        self.buildah("build", *what, *own, "--tag", image, ".", cwd=str(paths.CHECKOUT))

    def save(self, image: str, archive: Path) -> None:
        """As an OCI archive that is one of Docker, too: without containerd Docker reads no other."""
        archive.parent.mkdir(exist_ok=True)
        archive.unlink(missing_ok=True)
        self.buildah("push", "--quiet", image, f"oci-archive:{archive}:{image}")
        _add_manifest_of_docker(archive, image)


def _add_manifest_of_docker(archive: Path, image: str) -> None:
    with tarfile.open(archive) as opened:
        [entry] = _json_in(opened, "index.json")["manifests"]
        manifest = _json_in(opened, _blob(entry))
    layers = [_blob(each) for each in manifest["layers"]]
    text = json.dumps([{"Config": _blob(manifest["config"]), "RepoTags": [image], "Layers": layers}]).encode()
    facts = tarfile.TarInfo("manifest.json")
    facts.size = len(text)
    with tarfile.open(archive, "a") as opened:
        opened.addfile(facts, io.BytesIO(text))


def _json_in(opened: tarfile.TarFile, name: str) -> dict[str, Any]:
    stream = opened.extractfile(name)
    assert stream
    found: dict[str, Any] = json.load(stream)
    return found


def _blob(entry: dict[str, Any]) -> str:
    return f"blobs/{entry['digest'].replace(':', '/')}"


def tag() -> str:
    return f"localhost/lockstep:{version('lockstep')}"


def base(progress: Progress) -> Images:
    """With the base in it."""
    _refuse_without_tools()
    root = paths.home() / "images"
    root.mkdir(parents=True, exist_ok=True)
    images = Images(root)
    with _alone(root / "base.lock", progress):
        if not images.has(BASE):
            with progress.step(f"Installing Debian {SUITE} with Python 3.13"):
                images.create_base()
    return images


def build(progress: Progress) -> Images:
    """The image, under its `tag()`."""
    images = base(progress)
    with _alone(images.root / "image.lock", progress), progress.step(f"Building {tag()}"):
        images.create(tag())
    return images


def _alone(lock: Path, progress: Progress) -> AbstractContextManager[None]:
    """One lock for the base and one for images: whoever needs the base alone does not wait for an image."""
    return acquire(lock, on_wait=lambda: progress.say("Waiting for another process that builds images"))


def archive() -> Path:
    return paths.CHECKOUT / "dist" / f"lockstep-{version('lockstep')}-image.tar"


def main(progress: Progress) -> None:
    images = build(progress)
    with progress.step(f"Writing {archive().relative_to(paths.CHECKOUT)}"):
        images.save(tag(), archive())


def _refuse_without_tools() -> None:
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        names = " ".join(missing)
        raise RigError(f"Building the image needs {' and '.join(missing)} (Debian, Ubuntu: apt install {names}).")
    if os.geteuid() != 0:
        raise RigError("Building the image without a container engine needs root. With Docker, see docs/containers.md.")
