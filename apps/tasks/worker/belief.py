# [DEF:tasks.worker.belief:Module]
# @COMPLEXITY: 3
# @PURPOSE: Turns the records of the belief log into lines of the task that runs.
# @RELATION HANDLES -> contracts.belief
# @RELATION DEPENDS_ON -> contracts.belief
# @RELATION DEPENDS_ON -> tasks.worker.journal

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from apps.contracts import belief
from apps.tasks.worker.journal import Line
from apps.tasks.worker.masking import Mask

WriteLine = Callable[[Line], None]

_active: ContextVar[TaskLines | None] = ContextVar("active", default=None)


class TaskLines(logging.Handler):
    """Writes the beliefs of the thread or coroutine that runs one task."""

    def __init__(self, write: WriteLine, mask: Mask) -> None:
        super().__init__()
        self._write, self._mask = write, mask

    def emit(self, record: logging.LogRecord) -> None:
        if _active.get() is not self:
            return
        marker, text = record.__dict__["marker"], record.__dict__["text"]
        self._write(
            Line(
                self._mask.text(f"{marker}: {text}" if text else marker),
                "debug",
                record.__dict__["anchor"],
                self._mask.json(record.__dict__["facts"]),
                datetime.fromtimestamp(record.created, UTC),
            )
        )


@contextmanager
def beliefs_as_lines(write: WriteLine, mask: Mask) -> Iterator[None]:
    """Within, each record of the belief log becomes a line, with its anchor as the source."""
    handler = TaskLines(write, mask)
    token = _active.set(handler)
    belief.logger.addHandler(handler)
    try:
        yield
    finally:
        belief.logger.removeHandler(handler)
        _active.reset(token)
