"""The browsers of `rig.bench.live`, in a process in which Lockstep is set up: starts tasks that talk, and watches them.

LOCKSTEP_DATA_DIR=… DJANGO_SETTINGS_MODULE=project.settings python -m rig.bench.browsers PORT WATCHERS LINES SECONDS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from websockets.asyncio.client import connect  # noqa: E402
from websockets.typing import Origin  # noqa: E402

from apps.plugins.models import PluginRecord  # noqa: E402
from apps.tasks.models import Task  # noqa: E402
from apps.tasks.services import start_task  # noqa: E402
from apps.users.services.actor import acting_user  # noqa: E402

GOAL = 0.2
"""Seconds from a worker's line to the browsers, for 95 of 100."""

PAUSE = 100
"""Milliseconds between two lines of the task whose lines are timed."""

PATIENCE = 300.0


@dataclass(slots=True)
class Seen:
    """What one browser got: the numbers of the lines, how long each of them took, and the last message."""

    numbers: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    end: dict[str, object] = field(default_factory=dict)
    finished: float = 0.0

    @property
    def complete(self) -> bool:
        """Each line once, in order, and all that there are."""
        return self.numbers == list(range(1, len(self.numbers) + 1)) and self.end.get("last") == len(self.numbers)


class Browsers:
    def __init__(self, port: int, count: int) -> None:
        self._url = f"ws://127.0.0.1:{port}/ws/tasks"
        self._origin = Origin(f"http://127.0.0.1:{port}")
        self._count = count
        client = Client()
        client.force_login(acting_user(username=None))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}

    async def watch(self, task: int) -> list[Seen]:
        async with asyncio.timeout(PATIENCE):
            return await asyncio.gather(*(self._one(task) for _ in range(self._count)))

    async def _one(self, task: int) -> Seen:
        seen = Seen()
        url = f"{self._url}/{task}/"
        async with connect(url, origin=self._origin, additional_headers=self._headers, compression=None) as line:
            await line.send('{"after": 0}')
            async for text in line:
                now = time.time()
                told = json.loads(text)
                if told["type"] == "lines":
                    seen.numbers += [each["seq"] for each in told["lines"]]
                    seen.seconds += [now - datetime.fromisoformat(each["at"]).timestamp() for each in told["lines"]]
                elif told["type"] == "end":
                    seen.end, seen.finished = told, now
        return seen


def main() -> int:
    port, count, lines, seconds = map(int, sys.argv[1:])
    PluginRecord.objects.filter(slug="chatter").update(enabled=True)
    browsers = Browsers(port, count)
    good = _all_arrive(browsers, lines)
    if seconds:
        good = _soon(browsers, seconds) and good
    return 0 if good else 1


def _all_arrive(browsers: Browsers, lines: int) -> bool:
    task = _talk(lines)
    seen = asyncio.run(browsers.watch(task.pk))
    complete = sum(each.complete and len(each.numbers) >= lines for each in seen)
    task.refresh_from_db()
    assert task.finished is not None
    behind = max(each.finished for each in seen) - task.finished.timestamp()
    print(
        f"  {lines:,} lines at once: complete and in order in {complete} of {len(seen)}, {behind:.2f} s after its end"
    )
    return complete == len(seen)


def _soon(browsers: Browsers, seconds: int) -> bool:
    task = _talk(seconds * 1000 // PAUSE, PAUSE)
    seen = asyncio.run(browsers.watch(task.pk))
    times = sorted(time for each in seen for time in each.seconds)
    told = ", ".join(f"p{share} {_percentile(times, share) * 1000:.0f} ms" for share in (50, 95, 99))
    print(f"  ten lines a second: {told}, longest {times[-1] * 1000:.0f} ms, from the worker's call to the browser")
    return all(each.complete for each in seen) and _percentile(times, 95) < GOAL


def _talk(lines: int, pause: int = 0) -> Task:
    params = {"lines": lines, "pause": pause}
    return start_task(actor=acting_user(username=None), plugin="chatter", action="talk", params=params)


def _percentile(times: Sequence[float], share: int) -> float:
    return times[min(len(times) - 1, len(times) * share // 100)]


if __name__ == "__main__":
    raise SystemExit(main())
