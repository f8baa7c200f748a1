"""Installs Apache Superset from its lock file in its own virtual environment."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rig import paths
from rig.errors import RigError
from rig.processes import interrupted_with_us
from rig.progress import Progress

CHOSEN = "SUPERSET_PYTHON"
SUITABLE = ("3.11", "3.12")
BEFORE_3_12 = ("4.1.4", "5.0.0")
"""Releases that do not claim to run on 3.12; the NumPy of 4.1.4 has no wheel for it."""


def superset(release: str, progress: Progress) -> Path:
    """The virtual environment of this release, installed if necessary. Call with the lock held."""
    venv = paths.superset_venv(release)
    stamp = venv / "installed"
    lock = lock_file(release)
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        python = interpreter(release)
        with progress.step(f"Installing Apache Superset {release} into {venv}"):
            _install(python, venv, lock)
            stamp.write_text(wanted)
    return venv


def lock_file(release: str) -> Path:
    return Path(__file__).with_name(f"superset-{release}.lock")


def suitable(release: str) -> tuple[str, ...]:
    """The Pythons that this release runs on."""
    return SUITABLE[:1] if release in BEFORE_3_12 else SUITABLE


def interpreter(release: str = paths.SUPERSET_VERSION) -> str:
    """A Python that this release runs on; RigError with advice if there is none."""
    versions = suitable(release)
    chosen = os.environ.get(CHOSEN)
    candidates = [chosen] if chosen else [sys.executable, *(f"python{version}" for version in versions)]
    found = {candidate: _version_of(candidate) for candidate in candidates}
    for candidate, version in found.items():
        if version in versions:
            return candidate
    version = found[candidates[0]]
    first = f"{candidates[0]} is Python {version}" if version else f"{candidates[0]} does not run"
    others = " or ".join(f"python{version}" for version in versions)
    also = "" if chosen else f", and there is no {others} on the PATH"
    choice = " or ".join(versions)
    raise RigError(
        f"Apache Superset {release} runs only on Python {choice}; "
        f"{first}{also}. Lockstep itself runs on any Python from 3.11. Install Python {choice} from your "
        f"system's packages or with pyenv, then try again with {CHOSEN}=/path/to/python3.11"
    )


def _version_of(python: str) -> str:
    """The version such as `3.11`, empty if it does not run (a pyenv shim without its version)."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    except OSError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""


def uv() -> str:
    """The uv of our virtual environment, or the one on PATH."""
    own = Path(sys.executable).with_name("uv")
    found = str(own) if own.exists() else shutil.which("uv")
    if not found:
        raise RigError("uv was not found. Run this through make, which installs it, or run `pip install uv`")
    return found


def _install(python: str, venv: Path, lock: Path) -> None:
    venv.parent.mkdir(parents=True, exist_ok=True)
    run_quietly([uv(), "venv", "--quiet", "--clear", "--no-project", "--python", python, str(venv)])
    run_quietly([uv(), "pip", "sync", "--quiet", "--require-hashes", "--python", str(venv / "bin/python"), str(lock)])


def run_quietly(command: list[str]) -> None:
    """Run without output; RigError with the end of the output if it fails."""
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=paths.environment(),
        preexec_fn=interrupted_with_us,
    )
    if result.returncode:
        output = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        raise RigError(f"`{' '.join(command[:3])} …` failed with code {result.returncode}:\n{output}")
