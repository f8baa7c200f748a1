"""A host of its own, as far as Lockstep can tell: its name, the numbers of its processes, its data directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from apps.tasks.tests.real_worker import CHECKOUT, children
from project.tests.running import PATIENCE, environment, free_port, wait_until

NAMESPACES = ("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
"""As in a container: `hostname`, and processes that are numbered from 1."""

AS_A_HOST = ("sh", "-c", 'hostname "$0" && exec "$@"')


def refusal() -> str:
    """Why this machine cannot play several hosts; empty if it can."""
    try:
        subprocess.run([*NAMESPACES, *AS_A_HOST, "probe", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"Hosts need namespaces, and so root: {error}"
    return ""


class Host:
    """One command of Lockstep on a host of this name."""

    def __init__(self, name: str, folder: Path, variables: Mapping[str, str], *command: str) -> None:
        self.name = name
        self.variables = environment(folder / name) | variables
        self._log = folder / f"{name}.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [*NAMESPACES, *AS_A_HOST, name, sys.executable, "manage.py", *command],
                env=self.variables,
                cwd=CHECKOUT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ready(self) -> None:
        """Returns when it serves or works."""
        raise NotImplementedError

    @property
    def told(self) -> str:
        return self._log.read_text()

    def die(self) -> None:
        """All its processes at once, without a word."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def stop(self) -> int:
        """As its service does; the exit code."""
        for pid in children(self._process.pid):
            os.kill(pid, signal.SIGTERM)
        return self._process.wait(PATIENCE)

    def manage(self, *command: str) -> str:
        """What another command says on this host."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            env=self.variables,
            cwd=CHECKOUT,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def close(self) -> None:
        if self._process.poll() is None:
            self.die()


class Web(Host):
    def __init__(self, name: str, folder: Path, variables: Mapping[str, str]) -> None:
        self.port = free_port()
        super().__init__(name, folder, variables, "web", "--port", str(self.port))

    def ready(self) -> None:
        wait_until(self._answers, f"{self.name} does not answer")

    def ask(self, path: str, token: str, body: bytes | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/{path}", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            content: bytes = answer.read()
        return content

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=PATIENCE):
                return True
        except OSError:
            assert self._process.poll() is None, self.told
            return False


class Worker(Host):
    def __init__(self, name: str, folder: Path, variables: Mapping[str, str]) -> None:
        super().__init__(name, folder, variables, "worker")

    def ready(self) -> None:
        wait_until(lambda: "Working with" in self.told, f"{self.name} does not work")
