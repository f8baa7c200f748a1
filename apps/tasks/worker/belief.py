# [DEF:tasks.worker.belief:Module]
# @COMPLEXITY: 3
# @PURPOSE: Turns what the belief log tells while a task runs into lines of that task.
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

_telling: ContextVar[TaskLines | None] = ContextVar("telling", default=None)


class TaskLines(logging.Handler):
    """Tells one task of the beliefs of the thread or coroutine that runs it."""

    def __init__(self, tell: WriteLine, mask: Mask) -> None:
        super().__init__()
        self._tell, self._mask = tell, mask

    def emit(self, record: logging.LogRecord) -> None:
        if _telling.get() is not self:
            return
        marker, text = record.__dict__["marker"], record.__dict__["text"]
        self._tell(
            Line(
                self._mask.text(f"{marker}: {text}" if text else marker),
                "debug",
                record.__dict__["anchor"],
                self._mask.json(record.__dict__["facts"]),
                datetime.fromtimestamp(record.created, UTC),
            )
        )


@contextmanager
def beliefs_as_lines(tell: WriteLine, mask: Mask) -> Iterator[None]:
    """Within, each record of the belief log becomes a line, with its anchor as the source."""
    handler = TaskLines(tell, mask)
    token = _telling.set(handler)
    belief.logger.addHandler(handler)
    try:
        yield
    finally:
        belief.logger.removeHandler(handler)
        _telling.reset(token)
