"""Lockstep as a user runs it: `manage.py` in a process of its own, over a data directory of its own."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rig import paths
from rig.errors import RigError

TIMEOUT = 600
DONE, FAILED, PENDING = 0, 1, 2
NOT_FOR_IT = ("LOCKSTEP_", "DJANGO_", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE")


class Lockstep:
    """Commands over one data directory. Nothing of the caller's own Lockstep (its database, its keys) is used."""

    def __init__(self, data: Path, *, database_url: str = "") -> None:
        self.data = data
        self.database_url = database_url
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_IT)}
        self.environment = {**kept, "LOCKSTEP_DATA_DIR": str(data)}
        if database_url:
            self.environment["DATABASE_URL"] = database_url

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run one command and keep what it says."""
        return self._run(words, stdin, capture_output=True)

    def show(self, *words: str, stdin: str = "") -> int:
        """Run one command before the reader's eyes; its exit code."""
        print(f"\n$ python manage.py {shlex.join(words)}", flush=True)
        return self._run(words, stdin, capture_output=False).returncode

    def need(self, *words: str, stdin: str = "") -> str:
        """What a command says that must succeed; RigError with its words if it does not."""
        answer = self.run(*words, stdin=stdin)
        if answer.returncode:
            said = (answer.stdout + answer.stderr).strip()
            raise RigError(f"`manage.py {shlex.join(words)}` ended with {answer.returncode}: {said}")
        return answer.stdout

    def json(self, *words: str) -> Any:
        """The parsed answer of a command that must succeed."""
        return json.loads(self.need(*words, "--format", "json"))

    def _run(self, words: Sequence[str], stdin: str, *, capture_output: bool) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(paths.CHECKOUT / "manage.py"), *words]
        return subprocess.run(
            command,
            input=stdin,
            capture_output=capture_output,
            text=True,
            check=False,
            env=self.environment,
            cwd=paths.CHECKOUT,
            timeout=TIMEOUT,
        )
