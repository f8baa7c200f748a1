"""A real web server with somebody who is known to it, and with something to ask for."""

from __future__ import annotations

import json
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from project.tests.running import CHECKOUT, PATIENCE, Running, environment, free_port
from project.web import limits

QUICK = 0.1

PREPARED = """
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from apps.tasks.models import Task, TaskArtifact, TaskLine
from apps.core.files import StoredFile, store
from apps.users.services import tokens
from apps.users.models import User
user = User.objects.create_superuser("ann", password="correct horse battery")
with transaction.atomic():  # before the worker tells something of it
    task = Task.objects.create(plugin="catalogue", action="sync", actor=user)
    TaskLine.objects.bulk_create(
        TaskLine(task=task, seq=seq, at=timezone.now(), level="info", source="task", text="x" * 1000)
        for seq in range(1, 20_001)
    )
for name in ("one", "two"):
    file = store("artefacts", (name.encode() * 10_000_000)[:20_000_000])
    TaskArtifact.objects.create(task=task, name=name, path=file.path, sha256=file.sha256, size=20_000_000)
browser = Client()
browser.force_login(user)
print(task.pk, settings.SESSION_COOKIE_NAME + "=" + browser.cookies[settings.SESSION_COOKIE_NAME].value)
print(tokens.create_token(user=user, name="test", days=1)[1])
"""


class Served(Running):
    """With a user whose token or browser asks for what there is: a task with two large files and a long log."""

    def __init__(self, data: Path, **variables: str) -> None:
        super().__init__(data, free_port(), **variables)
        try:
            self.ready()
            task, self.cookie, self.token = _prepared(data)
        except BaseException:
            self.kill()
            raise
        self.file, self.log = f"/api/v1/tasks/{task}/artifacts/one", f"/ws/tasks/{task}/"

    def ask(self, path: str) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read()

    def line(self, said: bytes = b"", *, takes: int = 0) -> socket.socket:
        """A connection on which this was said; `takes` is how many bytes wait on its end at most."""
        line = socket.socket()
        if takes:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
        line.settimeout(PATIENCE)
        line.connect(("127.0.0.1", self.port))
        line.sendall(said)
        return line

    def is_quick(self) -> None:
        """Most questions are answered in a moment, and none waits until the server gives up the slow ones."""
        taken = [self._timed() for _ in range(15)]
        assert statistics.median(taken) < QUICK, taken
        assert max(taken) < limits.SILENCE / 2, taken

    def _timed(self) -> float:
        began = time.monotonic()
        assert json.loads(self.ask("/api/v1/health"))["worker"]
        return time.monotonic() - began

    def memory(self) -> float:
        """Megabytes of the web server."""
        status = Path(f"/proc/{self.children()[0]}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1000


def _prepared(data: Path) -> list[str]:
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", PREPARED]
    said = subprocess.run(command, env=environment(data), cwd=CHECKOUT, check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    return said.stdout.split()
