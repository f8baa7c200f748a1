"""`make bundle`: one archive with all that an installation needs, for a site without a network.

    lockstep-0.1.0-py3.13-manylinux_2_28_x86_64/
      install.sh  upgrade.sh                 what is run there, with common.sh and containers.sh
      manifest.json  manifest.json.sig       hash and size of everything else, and the signature over that
      requirements.txt  wheels/  tools/      the packages, and pip
      image.tar  compose/                    the same as a container
      systemd/                               units, settings, the command for root
      docs/  sbom/                           what to read, and what is in it

Variables: TARGET (its Python, 3.13), PLATFORM (manylinux_2_28_x86_64), IMAGE (an archive of `make image`, or none),
KEY (the private key in a PEM file).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig import image, paths
from rig.bundle import manifest, sbom, wheels
from rig.bundle.target import Target
from rig.errors import RigError
from rig.progress import Progress

TARGET = "3.13"
PLATFORM = "manylinux_2_28_x86_64"
NO_IMAGE = "none"
LEFT_OUT = "none: this bundle installs the service alone"
NOT_SIGNED = "not signed: install.sh refuses it unless told --allow-unsigned"
BUILD = "  build:\n    context: ..\n    dockerfile: docker/Dockerfile\n"
SCRIPTS = ("install.sh", "upgrade.sh", "common.sh", "containers.sh")


@dataclass(frozen=True)
class Contents:
    """What a bundle is made from. Without an image it installs the service only, without a key it is not signed."""

    target: Target
    wheel: Path
    image: Path | None
    key: Path | None

    @property
    def version(self) -> str:
        return self.wheel.name.split("-")[1]

    @property
    def name(self) -> str:
        return f"lockstep-{self.version}-{self.target}"


def main(progress: Progress) -> None:
    target = Target(os.environ.get("TARGET") or TARGET, os.environ.get("PLATFORM") or PLATFORM)
    key = _file("KEY")
    archive = _image(progress)
    with tempfile.TemporaryDirectory() as place:
        with progress.step("Building the wheel"):
            wheel = wheels.built(Path(place))
        made = create(Contents(target, wheel, archive, key), paths.CHECKOUT / "dist", progress)
    progress.say(
        f"{made.relative_to(paths.CHECKOUT)}, {made.stat().st_size / 1e6:.1f} MB, sha256:{wheels.sha256(made)}"
    )
    if key:
        progress.say(f"Signed. The public key is {manifest.fingerprint(key)}")
    else:
        progress.say("NOT signed: without KEY= its installer refuses it unless it is told --allow-unsigned")


def create(contents: Contents, into: Path, progress: Progress) -> Path:
    """Write the archive, and its signature beside it if there is a key."""
    into.mkdir(parents=True, exist_ok=True)
    downloads = wheels.downloaded(contents.target, progress)
    with tempfile.TemporaryDirectory(dir=into) as place:
        folder = Path(place) / contents.name
        folder.mkdir()
        with progress.step(f"Writing {contents.name}.tar"):
            _fill(folder, contents, downloads)
            return _packed(folder, into / f"{contents.name}.tar", contents.key)


def _fill(folder: Path, contents: Contents, downloads: Path) -> None:
    wheels.copied(downloads, contents.wheel, folder)
    sbom.write(folder / "requirements.txt", folder / "sbom")
    for script in SCRIPTS:
        shutil.copy2(paths.CHECKOUT / "installer" / script, folder)
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "docs"):
        _copy(paths.CHECKOUT / name, folder / name)
    _copy(paths.CHECKOUT / "docs/examples/systemd", folder / "systemd")
    for name in ("compose.yml", "Caddyfile", "kubernetes"):
        if (paths.CHECKOUT / "docker" / name).exists():
            _copy(paths.CHECKOUT / "docker" / name, folder / "compose" / name)
    _without_build(folder / "compose/compose.yml")
    if contents.image:
        shutil.copy2(contents.image, folder / "image.tar")
    manifest.write(folder, _facts(folder, contents))
    if contents.key:
        manifest.sign(folder / manifest.NAME, contents.key, folder / manifest.SIGNATURE)


def _without_build(compose: Path) -> None:
    """There is no source to build the image from."""
    text = compose.read_text()
    if BUILD not in text:
        raise RigError("compose.yml builds the image in another way than rig/bundle/bundle.py knows.")
    compose.write_text(text.replace(BUILD, ""))


def _facts(folder: Path, contents: Contents) -> dict[str, Any]:
    target = contents.target
    return {
        "name": "lockstep",
        "version": contents.version,
        "python": target.python,
        "platform": target.platform,
        "machine": target.machine,
        "glibc": f"2.{target.glibc}",
        "needs_kilobytes": _unpacked(folder / "wheels") * wheels.MARGIN // 1024,
        "commit": _git("rev-parse", "HEAD"),
        "image": image.tag() if contents.image else LEFT_OUT,
        "key": manifest.fingerprint(contents.key) if contents.key else NOT_SIGNED,
    }


def _unpacked(folder: Path) -> int:
    """Bytes of what is in these wheels."""
    return sum(each.file_size for path in folder.glob("*.whl") for each in zipfile.ZipFile(path).infolist())


def _packed(folder: Path, archive: Path, key: Path | None) -> Path:
    """Not compressed, because wheels and the layers of images are. The same files always make the same archive."""
    signature = archive.with_name(f"{archive.name}.sig")
    signature.unlink(missing_ok=True)
    when = int(_git("log", "-1", "--format=%ct"))

    def plain(each: tarfile.TarInfo) -> tarfile.TarInfo:
        each.uid = each.gid = 0
        each.uname = each.gname = "root"
        each.mtime = when
        each.mode = 0o755 if each.isdir() or each.mode & 0o100 else 0o644
        return each

    part = folder.parent / archive.name
    with tarfile.open(part, "w") as opened:
        opened.add(folder, folder.name, filter=plain)
    part.replace(archive)
    if key:
        manifest.sign(archive, key, signature)
    return archive


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)


def _image(progress: Progress) -> Path | None:
    named = os.environ.get("IMAGE", "")
    if named == NO_IMAGE:
        return None
    if named:
        return _file("IMAGE")
    image.main(progress)
    return image.archive()


def _file(variable: str) -> Path | None:
    named = os.environ.get(variable, "")
    if named and not Path(named).is_file():
        raise RigError(f"{variable} names a file that is not there: {named}")
    return Path(named) if named else None


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=paths.CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RigError(f"git {words[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()
