"""What is in a bundle, with the hash and size of each file, and the Ed25519 signature over that.

`install.sh` reads both with what a bare Debian has: sed, sha256sum and openssl 3. So each file has a line of its own.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from rig.bundle.wheels import sha256
from rig.errors import RigError

NAME = "manifest.json"
SIGNATURE = f"{NAME}.sig"


def write(folder: Path, facts: dict[str, Any]) -> None:
    """The manifest of everything that is in the folder now."""
    files = [
        {"path": str(path.relative_to(folder)), "sha256": sha256(path), "size": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}," for name, value in facts.items()]
    rows = ",\n".join(f"    {json.dumps(each)}" for each in files)
    (folder / NAME).write_text("\n".join(["{", *lines, '  "files": [', rows, "  ]", "}"]) + "\n")


def sign(path: Path, key: Path, signature: Path) -> None:
    """Sign this file with the Ed25519 key (PEM) in a file; RigError if openssl does not."""
    _openssl("pkeyutl", "-sign", "-rawin", "-inkey", str(key), "-in", str(path), "-out", str(signature))


def fingerprint(key: Path) -> str:
    """Of the public key that belongs to it, as `install.sh` shows it."""
    public = _openssl("pkey", "-in", str(key), "-pubout", "-outform", "DER")
    return f"sha256:{hashlib.sha256(public).hexdigest()}"


def _openssl(*words: str) -> bytes:
    try:
        done = subprocess.run(["openssl", *words], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise RigError("Signing needs openssl 3.") from error
    if done.returncode:
        raise RigError(f"openssl {words[0]} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout
