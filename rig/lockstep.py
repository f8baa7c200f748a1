"""Lockstep as a user runs it: its command in its own process, with its own data directory."""

from __future__ import annotations

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
from rig.processes import interrupted_with_us

TIMEOUT = 600
GRACE = 60
DONE, FAILED, PENDING = 0, 1, 2
COMMAND = ".venv/bin/lockstep"
"""What a person types in the checkout. We run the same by `manage.py`, wherever our Python is."""

AS_INSTALLED = "import sys; from project.console import main; sys.argv[0] = 'lockstep'; main()"
"""The same again where a person reads the output, which names the program as it was started."""

NOT_INHERITED = ("LOCKSTEP_", "DJANGO_", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE")


class Lockstep:
    """Commands on one data directory, without the database and keys of the caller."""

    def __init__(self, data: Path, *, database_url: str = "") -> None:
        self.data = data
        self.database_url = database_url
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        self.environment = {**kept, "LOCKSTEP_DATA_DIR": str(data)}
        if database_url:
            self.environment["DATABASE_URL"] = database_url

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command and capture its output."""
        return subprocess.run(
            self.command(arguments),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
            cwd=paths.CHECKOUT,
            timeout=TIMEOUT,
        )

    def show(self, *arguments: str, stdin: str = "") -> int:
        """Run a command with visible output; its exit code.

        Ctrl-C is passed on, and the command gets time to end, because it may be in the middle of a write.
        """
        print(f"\n$ {COMMAND} {shlex.join(arguments)}", flush=True)
        with subprocess.Popen(
            [sys.executable, "-c", AS_INSTALLED, *arguments],
            stdin=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=paths.CHECKOUT,
            start_new_session=True,  # the terminal must not interrupt it too: a second interrupt aborts
            preexec_fn=interrupted_with_us,  # noqa: PLW1509 - no other thread runs
        ) as child:
            try:
                child.communicate(stdin)
            except BaseException:  # whatever ends us ends the command, too
                _end(child)
                raise
        return child.returncode

    def check_output(self, *arguments: str, stdin: str = "") -> str:
        """The output of a command; RigError if it fails."""
        result = self.run(*arguments, stdin=stdin)
        if result.returncode:
            output = (result.stdout + result.stderr).strip()
            raise RigError(f"`{COMMAND} {shlex.join(arguments)}` ended with {result.returncode}: {output}")
        return result.stdout

    def json(self, *arguments: str) -> Any:
        """The parsed JSON output of a command; RigError if it fails."""
        return json.loads(self.check_output(*arguments, "--format", "json"))

    def typed(self, *arguments: str) -> str:
        """The command as a person types it in the checkout."""
        return f"LOCKSTEP_DATA_DIR={shlex.quote(str(self.data))} {COMMAND} {shlex.join(arguments)}"

    def command(self, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, str(paths.CHECKOUT / "manage.py"), *arguments]


def _end(child: subprocess.Popen[str]) -> None:
    """Interrupt and wait; a second Ctrl-C or a timeout kills it."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(GRACE)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        child.kill()
