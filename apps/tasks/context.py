"""What a running action gets to ask and tell with: the `Context` of the plugin contract."""

from __future__ import annotations

import time
from pathlib import PurePath
from typing import Any

from django.utils import timezone

from apps.core.files import store
from apps.superset.errors import Cancelled
from apps.tasks.log import Artefact, Journal, Line
from apps.tasks.masking import Mask
from apps.tasks.models import Task
from apps.users.models import User

ARTEFACTS = "artefacts"


class TaskContext:
    def __init__(self, task: Task, journal: Journal, mask: Mask, *, time_limit: float, settings: Any = None) -> None:
        self._task = task
        self._journal = journal
        self._mask = mask
        self._settings = settings
        self._time_limit = time_limit
        self._deadline = time.monotonic() + time_limit
        self._stages: list[dict[str, Any]] = []

    @property
    def task(self) -> int:
        return self._task.pk

    @property
    def actor(self) -> User:
        return self._task.actor

    @property
    def environment(self) -> str | None:
        return self._task.environment_name or None

    @property
    def settings(self) -> Any:
        return self._settings

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        source = f"{self._task.plugin}.{self._task.action}"
        self._journal.line(Line(self._mask.text(text), level, source, self._mask.json(facts)))

    def stage(self, name: str, number: int, total: int) -> None:
        now = timezone.now().isoformat()
        self._finish_stage(now)
        told = {"name": name, "number": number, "total": total, "started": now, "finished": None}
        self._stages = [*self._stages, told]
        self._journal.change(stages=self._stages)

    def progress(self, stage: str, done: int, total: int) -> None:
        self._journal.change(progress={"stage": stage, "done": done, "total": total})

    def check_cancelled(self) -> None:
        if self._journal.lost:
            raise Cancelled("this process was taken for dead and its task was given away")
        if self.is_out_of_time:
            raise Cancelled(f"it took longer than its {self._time_limit:.0f} seconds")

    def artefact(self, name: str, content: bytes) -> None:
        file = store(ARTEFACTS, content, suffix=PurePath(name).suffix)
        self._journal.artefact(Artefact(name, file, len(content)))

    @property
    def is_out_of_time(self) -> bool:
        return time.monotonic() > self._deadline

    def finish(self) -> None:
        """All went well: the last stage is done, too."""
        self._finish_stage(timezone.now().isoformat())
        self._journal.change(stages=self._stages)

    def _finish_stage(self, now: str) -> None:
        if self._stages:
            *before, last = self._stages
            self._stages = [*before, {**last, "finished": now}]
