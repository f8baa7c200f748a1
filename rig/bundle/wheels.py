"""The wheels of a bundle: downloaded once for each lock file and target, kept in HOME/wheels (see `rig.paths`)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rig import paths
from rig.bundle.target import Requirement, Target
from rig.errors import RigError
from rig.locks import acquire
from rig.progress import Progress

INSTALLER = "pip"
"""Installs from its own wheel, so the target needs a Python and nothing else."""

MARGIN = 2
"""The compiled modules of a package need about as much room again."""


def downloaded(target: Target, progress: Progress) -> Path:
    """A folder with `requirements.txt` for the target, a wheel for each line of it, and that of pip."""
    wanted = target.requirements((paths.CHECKOUT / "requirements.lock").read_text())
    wanted += installer(target)
    text = "\n".join(map(str, wanted)) + "\n"
    key = hashlib.sha256(f"{target}\n{text}".encode()).hexdigest()[:16]
    folder = paths.home() / "wheels" / f"{target}-{key}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with acquire(folder.parent / "lock", on_wait=lambda: progress.say("Waiting for another download")):
        if not folder.exists():
            with progress.step(f"Downloading {len(wanted)} wheels for {target}"):
                _download(target, text, folder)
    return folder


def installer(target: Target) -> list[Requirement]:
    lock = (paths.CHECKOUT / "requirements-dev.lock").read_text()
    return [each for each in target.requirements(lock) if each.name == INSTALLER]


def _download(target: Target, text: str, folder: Path) -> None:
    """All or nothing: into a folder beside it, renamed at the end."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        part = Path(place) / "part"
        part.mkdir()
        (part / "requirements.txt").write_text(text)
        words = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        words += ["--only-binary=:all:", "--implementation", "cp", "--python-version", target.python]
        for platform in target.platforms:
            words += ["--platform", platform]
        words += ["--dest", str(part), "--requirement", str(part / "requirements.txt")]
        ended = subprocess.run([sys.executable, "-m", "pip", *words], capture_output=True, text=True, check=False)
        if ended.returncode:
            raise RigError(f"Downloading the wheels failed:\n{ended.stderr.strip()[-1500:]}")
        part.rename(folder)


def built(into: Path) -> Path:
    """Lockstep's own wheel, built from the checkout; `make` builds the application first."""
    if not (paths.CHECKOUT / "static/app/index.html").is_file():
        raise RigError("The application is not built. Run `make frontend` first.")
    uv = Path(sys.executable).with_name("uv")
    words = ["build", "--wheel", "--quiet", "--offline", "--no-build-isolation", "--python", sys.executable]
    done = subprocess.run(
        [str(uv), *words, "--out-dir", str(into), str(paths.CHECKOUT)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RigError(f"Building the wheel failed:\n{done.stderr.strip()[-1500:]}")
    return next(into.glob("*.whl"))


def copied(source: Path, wheel: Path, into: Path) -> None:
    """Everything into `wheels` but pip, which goes into `tools`; and `requirements.txt` with the hash of each wheel."""
    wheels, tools = into / "wheels", into / "tools"
    wheels.mkdir(parents=True)
    tools.mkdir()
    for each in [*sorted(source.glob("*.whl")), wheel]:
        shutil.copy2(each, tools if each.name.startswith(f"{INSTALLER}-") else wheels)
    lines = [str(_pinned(each)) for each in sorted(wheels.glob("*.whl"))]
    (into / "requirements.txt").write_text("\n".join(lines) + "\n")


def _pinned(wheel: Path) -> Requirement:
    name, version = wheel.name.split("-")[:2]
    return Requirement(name.replace("_", "-").lower(), version, (f"sha256:{sha256(wheel)}",))


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
