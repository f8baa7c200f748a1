# [DEF:tasks.worker.context:Module]
# @COMPLEXITY: 3
# @PURPOSE: The `Context` of the plugin contract, for an action that runs.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.files
# @RELATION DEPENDS_ON -> core.concurrency

from __future__ import annotations

from collections.abc import Mapping
from operator import index
from pathlib import PurePath
from typing import Any, Protocol

from django.utils import timezone

from apps.core.concurrency import retry_on_database_error
from apps.core.errors import LockstepError
from apps.core.files import store
from apps.core.sentences import stored_form
from apps.tasks import messages
from apps.tasks.models import Task
from apps.tasks.questions import Resumed
from apps.tasks.worker.cancellation import Stop
from apps.tasks.worker.journal import Artefact, Journal, Line
from apps.tasks.worker.masking import Mask
from apps.users.models import User

ARTEFACTS = "artefacts"

LEVELS = ("debug", "info", "warning", "error")
LONGEST_SOURCE = 100
LONGEST_NAME = 200
"""As much as their columns hold."""

LONGEST_SUFFIX = 20


class Echo(Protocol):
    """A terminal that shows the task while it runs, and may stop it."""

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None: ...
    def stage(self, name: str, number: int, total: int) -> None: ...
    def progress(self, stage: str, done: int, total: int) -> None: ...
    def check_cancelled(self) -> None: ...


class TaskContext:
    def __init__(
        self, task: Task, journal: Journal, mask: Mask, stop: Stop, resumed: Resumed, echo: Echo | None = None
    ) -> None:
        self._task = task
        self._journal = journal
        self._mask = mask
        self._stop = stop
        self._resumed = resumed
        self._echo = echo
        self.settings: Any = None
        self._stages: list[dict[str, Any]] = list(task.stages)

    @property
    def task(self) -> int:
        return self._task.pk

    @property
    def actor(self) -> User:
        actor = retry_on_database_error(lambda: self._task.actor, f"asking who started {self._task}")
        if actor is None:
            raise LockstepError(messages.STARTED_BY_LOCKSTEP)
        return actor

    @property
    def environment(self) -> str | None:
        return self._task.environment_name or None

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        if level not in LEVELS:
            raise ValueError(f"There is no level “{level}”: use one of {', '.join(LEVELS)}.")
        source = f"{self._task.plugin}.{self._task.action}"[:LONGEST_SOURCE]
        message = self._mask.json(stored_form(text))
        line = Line(self._mask.text(text), level, source, self._mask.json(facts), message=message)
        self._journal.line(line)
        if self._echo:
            self._echo.log(line.text, level=level, **line.facts)

    def stage(self, name: str, number: int, total: int) -> None:
        name, number, total = self._mask.text(name), index(number), index(total)
        now = timezone.now().isoformat()
        self._finish_stage(now)
        begun = {"name": name, "number": number, "total": total, "started": now, "finished": None}
        self._stages = [*(stage for stage in self._stages if stage["name"] != name), begun]
        self._journal.change(stages=self._stages)
        if self._echo:
            self._echo.stage(name, number, total)

    def progress(self, stage: str, done: int, total: int) -> None:
        stage, done, total = self._mask.text(stage), index(done), index(total)
        self._journal.change(progress={"stage": stage, "done": done, "total": total})
        if self._echo:
            self._echo.progress(stage, done, total)

    def check_cancelled(self) -> None:
        self._stop.check()
        if self._echo:
            self._echo.check_cancelled()

    def artefact(self, name: str, content: bytes) -> None:
        if not (name.isprintable() and 0 < len(name) <= LONGEST_NAME):
            raise ValueError(
                f"The name of a file must have 1 to {LONGEST_NAME} printable characters, not {name[:50]!r}."
            )
        file = store(ARTEFACTS, content, suffix=PurePath(name).suffix[:LONGEST_SUFFIX])
        self._journal.artefact(Artefact(name, file, len(content)))

    def kept(self, name: str) -> bytes | None:
        found = retry_on_database_error(
            self._task.artifacts.filter(name=name).first, f"looking for “{name}” of {self._task}"
        )
        return found.file.read() if found else None

    @property
    def answers(self) -> Mapping[str, str]:
        return self._resumed.answers

    @property
    def answered_by(self) -> User | None:
        return self._resumed.answered_by

    @property
    def resumed_at(self) -> str | None:
        return self._resumed.stage or None

    @property
    def stages(self) -> list[dict[str, Any]]:
        """The stages that began, in order, with the current one."""
        return self._stages

    def finish(self) -> None:
        """All went well: the last stage is done, too."""
        self._finish_stage(timezone.now().isoformat())
        self._journal.change(stages=self._stages)

    def _finish_stage(self, now: str) -> None:
        if self._stages:
            *before, last = self._stages
            self._stages = [*before, {**last, "finished": now}]
