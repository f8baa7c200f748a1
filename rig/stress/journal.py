"""What really happened, recorded outside Lockstep: a file to which each execution of a task appends its actions.

One line is one `write` to a file opened for appending, synced before the execution goes on: it survives the death of
the process, and the order of the lines is the order of the actions.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

JOURNAL_VARIABLE = "STRESS_JOURNAL"
"""Environment variable of the workers with the path of the file."""

BEGIN, STEP = "begin", "step"
END, REFUSED, CRASHED, ASKED = "end", "refused", "crashed", "asked"


@dataclass(frozen=True, slots=True)
class Note:
    """`execution` is one run of the action in one process: another attempt of the same task is another execution."""

    task: int
    execution: str
    pid: int
    what: str
    writes_to: str
    """The environment that the execution has locked for writing; empty if it only reads."""

    at: int
    """Nanoseconds of the machine's monotonic clock."""


class Execution:
    def __init__(self, task: int, writes_to: str) -> None:
        self.name = os.urandom(6).hex()
        self._task = task
        self._writes_to = writes_to

    def note(self, what: str) -> None:
        note = Note(self._task, self.name, os.getpid(), what, self._writes_to, time.monotonic_ns())
        file = os.open(os.environ[JOURNAL_VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, f"{json.dumps(asdict(note))}\n".encode())
            os.fsync(file)
        finally:
            os.close(file)


def notes(path: Path) -> list[Note]:
    """All notes, in order."""
    return [Note(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []
