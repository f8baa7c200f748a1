# [DEF:tasks.worker.journal:Module]
# @COMPLEXITY: 3
# @PURPOSE: Stores the lines, files and changes of a running task.
# @RELATION DEPENDS_ON -> core.files
"""The action only adds to a buffer. A thread with a connection of its own stores it in short transactions: a service
that is rolled back takes no line with it, and a slow database does not slow the action. Each transaction is also the
heartbeat of the task, and succeeds only while the task's lease holds.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import Error, close_old_connections, connection, transaction
from django.db.models import Max
from django.utils import timezone

from apps.core.concurrency import AGAIN_AFTER, AWAY
from apps.core.files import StoredFile
from apps.core.sentences import Stored, stored_form
from apps.tasks import messages
from apps.tasks.live.doorbell import ring, task_topic
from apps.tasks.models import Task, TaskArtifact, TaskLine, TaskState
from apps.tasks.worker.cancellation import Stop

logger = logging.getLogger(__name__)

FLUSH = 0.1
"""Seconds between two looks at the buffer: most of the delay with which a line is shown."""

HEARTBEAT = 5.0
"""Seconds after which a silent task gives a sign of life."""

LOOK = 0.5
"""Seconds between two looks whether somebody cancelled the task."""

BATCH = 2000
"""Lines that are stored in one transaction: others write meanwhile."""

BUFFERED = 20_000
"""Lines that wait to be stored at most: an action that writes more waits, too."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    level: str = "info"
    source: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=timezone.now)
    message: Stored | None = None
    """What it takes to show the text in another language; a `Sentence` has it."""


@dataclass(frozen=True, slots=True)
class Artefact:
    name: str
    file: StoredFile
    size: int


@dataclass(slots=True)
class Batch:
    """Lines, files and changes that are not stored yet."""

    lines: list[Line] = field(default_factory=list)
    artefacts: list[Artefact] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.lines or self.artefacts or self.changes)

    def first(self) -> Batch:
        """Take what fits into one transaction."""
        taken = Batch(self.lines[:BATCH], self.artefacts, self.changes)
        self.lines, self.artefacts, self.changes = self.lines[BATCH:], [], {}
        return taken


def append(task: Task, *lines: Line) -> None:
    """Number these lines after the last one and store them. Call it in the transaction that has changed the task's row:
    so nobody else numbers at the same time."""
    last: int = TaskLine.objects.filter(task=task).aggregate(last=Max("seq"))["last"] or 0
    TaskLine.objects.bulk_create(
        TaskLine(
            task=task,
            seq=seq,
            at=line.at,
            level=line.level,
            source=line.source,
            text=line.text,
            message=line.message or stored_form(line.text),
            facts=line.facts,
        )
        for seq, line in enumerate(lines, start=last + 1)
    )
    ring(task_topic(task.pk))


class Journal:
    """The buffer and the thread of one claim of one task. The thread informs `stop` when the claim no longer holds,
    when somebody cancels, and when something cannot be stored; `overdue` is called once, if the task does not stop
    although it should have."""

    def __init__(self, task: Task, stop: Stop, overdue: Callable[[], None] | None = None) -> None:
        assert isinstance(task.lease, uuid.UUID)
        self._task = task
        self._lease = task.lease
        self._stop = stop
        self._overdue = overdue
        self._pending = Batch()
        self._batch = Batch()
        self._refused = 0
        """How often in a row the database did not take the batch."""
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._last_heartbeat = self._looked = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"journal of task {task.pk}", daemon=True)
        self._thread.start()

    def line(self, line: Line) -> None:
        while len(self._pending.lines) >= BUFFERED and self._thread.is_alive() and not self._stop.lost:
            time.sleep(FLUSH)
        with self._lock:
            self._pending.lines.append(line)

    def artefact(self, artefact: Artefact) -> None:
        with self._lock:
            self._pending.artefacts.append(artefact)

    def change(self, **changes: Any) -> None:
        """Set fields of the task; of several values for one field before the next look, the last is stored."""
        with self._lock:
            self._pending.changes.update(changes)

    def close(self) -> None:
        """Returns when everything is stored, or when it cannot be, which sets `stop`. Uses the caller's connection:
        the thread of a short task never needs one."""
        self._closing.set()
        self._thread.join()
        for pause in AGAIN_AFTER:
            close_old_connections()
            if self._flush():
                return
            time.sleep(pause)
        self._stop.fail(str(messages.DATABASE_AWAY))

    def _run(self) -> None:
        try:
            while not self._closing.wait(FLUSH):
                self._flush()
                self._look()
        finally:
            connection.close()

    def _flush(self) -> bool:
        """Store what there is. False if the database did not take it; it is kept for the next time then."""
        due = time.monotonic() - self._last_heartbeat >= HEARTBEAT
        while not self._stop.lost:
            again = bool(self._batch)
            if not again:
                with self._lock:
                    self._batch = self._pending.first()
            if not (self._batch or due):
                return True
            due = False
            if not self._stored(again=again):
                return False
        return True

    def _stored(self, *, again: bool) -> bool:
        requested = time.monotonic()
        try:
            held = _store(self._task, self._lease, self._batch, again=again)
        except AWAY as error:
            self._refused += 1
            if self._refused.bit_count() == 1:  # the first time, the second, the fourth: it is tried ten times a second
                logger.warning("%s: %s lines not stored yet (%s)", self._task, len(self._batch.lines), error)
            connection.close()
            return False
        except Exception as error:  # nothing of it must end this thread, which is the task's sign of life
            logger.exception("%s: %s lines cannot be stored", self._task, len(self._batch.lines))
            self._stop.fail(f"{type(error).__name__}: {error}")
            self._batch = Batch()
            connection.close()
            return False
        self._last_heartbeat, self._batch, self._refused = time.monotonic(), Batch(), 0
        if held:
            self._stop.confirmed = requested
        else:
            self._stop.lost = True
            logger.warning("%s was taken from this process; its lines are no longer stored", self._task)
        return True

    def _look(self) -> None:
        """Whether the task is to stop, and whether it should have by now."""
        if time.monotonic() - self._looked >= LOOK:
            self._looked = time.monotonic()
            try:
                held = Task.objects.filter(pk=self._task.pk, lease=self._lease, cancel_requested__isnull=False)
                for username in held.values_list("cancel_requested_by__username", flat=True):
                    self._stop.cancel(username)
            except Error as error:  # the next look may succeed
                logger.warning("%s: whether it was cancelled is not known (%s)", self._task, error)
                connection.close()
        if self._overdue and self._stop.is_overdue and not self._stop.lost:
            overdue, self._overdue = self._overdue, None
            overdue()


def _store(task: Task, lease: uuid.UUID, batch: Batch, *, again: bool) -> bool:
    """False, and nothing is stored, if the task is no longer held under this lease. `again`: it was tried before, and
    perhaps only the answer was lost."""
    with transaction.atomic():
        held = Task.objects.filter(pk=task.pk, state=TaskState.RUNNING, lease=lease)
        if not held.update(heartbeat=timezone.now(), **batch.changes):
            return False
        if batch and not (again and _has(task, batch.lines)):
            append(task, *batch.lines)
        for artefact in batch.artefacts:
            TaskArtifact.objects.update_or_create(
                task=task,
                name=artefact.name,
                defaults={"path": artefact.file.path, "sha256": artefact.file.sha256, "size": artefact.size},
            )
    return True


def _has(task: Task, lines: list[Line]) -> bool:
    """Whether they are stored, by the first of them: they are stored together."""
    return bool(lines) and TaskLine.objects.filter(task=task, at=lines[0].at, text=lines[0].text).exists()
