"""Lockstep as a user runs it: `manage.py` in a process of its own, over a data directory of its own."""

from __future__ import annotations

import ctypes
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rig import paths
from rig.errors import RigError

TIMEOUT = 600
GRACE = 60
DONE, FAILED, PENDING = 0, 1, 2
PR_SET_PDEATHSIG = 1
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
        return subprocess.run(
            self.command(words),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
            cwd=paths.CHECKOUT,
            timeout=TIMEOUT,
        )

    def show(self, *words: str, stdin: str = "") -> int:
        """Run one command before the reader's eyes; its exit code.

        Ctrl-C is passed on, and the command given time to end as it should: it may be in the middle of a write.
        """
        print(f"\n$ python manage.py {shlex.join(words)}", flush=True)
        with subprocess.Popen(
            self.command(words),
            stdin=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=paths.CHECKOUT,
            start_new_session=True,  # else the terminal would interrupt it as well, and twice means at once
            preexec_fn=_interrupted_with_us,  # noqa: PLW1509 - no other thread runs meanwhile
        ) as child:
            try:
                child.communicate(stdin)
            except BaseException:  # whatever ends us ends the command, too
                _end(child)
                raise
        return child.returncode

    def check_output(self, *words: str, stdin: str = "") -> str:
        """What a command says that must succeed; RigError with its words if it does not."""
        answer = self.run(*words, stdin=stdin)
        if answer.returncode:
            said = (answer.stdout + answer.stderr).strip()
            raise RigError(f"`manage.py {shlex.join(words)}` ended with {answer.returncode}: {said}")
        return answer.stdout

    def json(self, *words: str) -> Any:
        """The parsed answer of a command that must succeed."""
        return json.loads(self.check_output(*words, "--format", "json"))

    def command(self, words: Sequence[str]) -> list[str]:
        return [sys.executable, str(paths.CHECKOUT / "manage.py"), *words]


def _interrupted_with_us() -> None:
    """Before the command begins: killed, we interrupt it, else it would follow its task for ever. On Linux only."""
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _end(child: subprocess.Popen[str]) -> None:
    """Interrupt it and wait; a second Ctrl-C, or too long a wait, ends it at once."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(GRACE)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        child.kill()
