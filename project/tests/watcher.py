"""Browsers that follow the log of a task until its end, over whatever dies meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import Any

from django.test import Client
from websockets.exceptions import WebSocketException

from apps.tasks.models import Task
from apps.tasks.tests.sockets import PATIENCE, Door


class Watcher(threading.Thread):
    """A browser that comes again, with the number of the last line it has, until it is told the end: to the next of
    these web servers each time."""

    def __init__(self, ports: Sequence[int], task: Task, who: Client) -> None:
        super().__init__()
        self._ports, self._task, self._who = ports, task, who
        self._tries = 0
        self.lines: list[dict[str, Any]] = []
        self.end: dict[str, Any] | None = None
        self.visited: list[int] = []
        """The web servers that took it in."""

    @property
    def last(self) -> int:
        return self.lines[-1]["seq"] if self.lines else 0

    @property
    def visits(self) -> int:
        return len(self.visited)

    def run(self) -> None:
        deadline = time.monotonic() + 3 * PATIENCE
        while not self.end and time.monotonic() < deadline:
            with suppress(WebSocketException, OSError):
                self._visit(self._ports[self._tries % len(self._ports)])
            self._tries += 1
            time.sleep(0.05)

    def _visit(self, port: int) -> None:
        with closing(Door(port)) as door:
            browser = door.browser(f"ws/tasks/{self._task.pk}/", self._who).say(after=self.last)
            self.visited.append(port)
            while not self.end:
                told = browser.hear()
                self.lines += told.get("lines", [])
                self.end = told if told["type"] == "end" else None


def all_have_all(task: Task, watching: Sequence[Watcher]) -> list[str]:
    """The texts of all lines: each browser had each once and in order, with what is stored."""
    for each in watching:
        each.join()
    stored = list(task.lines.order_by("seq").values_list("seq", "text"))
    assert [seq for seq, _ in stored] == list(range(1, len(stored) + 1))
    for each in watching:
        assert [(line["seq"], line["text"]) for line in each.lines] == stored
        assert each.end
        assert each.end["last"] == len(stored)
    return [text for _, text in stored]
