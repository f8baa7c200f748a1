# [DEF:plugins.staged:Module]
# @COMPLEXITY: 3
# @PURPOSE: The steps of the engine as the stages of a task.
# @RELATION DEPENDS_ON -> plugins.base

from __future__ import annotations

from typing import Any

from apps.plugins.base import Context


class Staged:
    """A reporter whose steps of one word are stages; what counts within a stage has more words, and stays progress."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        self._context.log(text, level=level, **facts)

    def progress(self, stage: str, done: int, total: int) -> None:
        if " " in stage:
            self._context.progress(stage, done, total)
        else:
            self._context.stage(stage, done, total)

    def check_cancelled(self) -> None:
        self._context.check_cancelled()
