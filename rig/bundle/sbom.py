"""What a bundle is made of, as CycloneDX: the packages it installs, and those its application is built from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rig import paths
from rig.errors import RigError

BIN = Path(sys.executable).parent


def write(requirements: Path, into: Path) -> None:
    into.mkdir()
    words = ["requirements", "--output-reproducible", "--output-file", str(into / "python.cdx.json")]
    _run([str(BIN / "cyclonedx-py"), *words, str(requirements)])
    words = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--prefix", str(paths.CHECKOUT / "frontend")]
    (into / "frontend.cdx.json").write_text(_run([str(BIN / "npm"), *words]))


def _run(words: list[str]) -> str:
    """What it prints. npm finds its Node on PATH."""
    path = f"{BIN}:{os.environ['PATH']}"
    done = subprocess.run(words, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RigError(f"{Path(words[0]).name} failed: {done.stderr.strip()[-1000:]}")
    return done.stdout
