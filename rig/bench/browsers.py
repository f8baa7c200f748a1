"""The browsers of `rig.bench.live`, in a process with Lockstep's settings: start tasks that write lines, and watch.

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
"""Seconds from the line of a worker to the browsers, p95."""

PAUSE = 100
"""Milliseconds between two lines of the timed task."""

TIMEOUT = 300.0


@dataclass(slots=True)
class Seen:
    """What one browser received: line numbers, latencies, and the last message."""

    numbers: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    end: dict[str, object] = field(default_factory=dict)
    finished: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every line arrived once and in order."""
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
        async with asyncio.timeout(TIMEOUT):
            return await asyncio.gather(*(self._one(task) for _ in range(self._count)))

    async def _one(self, task: int) -> Seen:
        seen = Seen()
        url = f"{self._url}/{task}/"
        async with connect(url, origin=self._origin, additional_headers=self._headers, compression=None) as line:
            await line.send('{"after": 0}')
            async for text in line:
                now = time.time()
                message = json.loads(text)
                if message["type"] == "lines":
                    seen.numbers += [each["seq"] for each in message["lines"]]
                    seen.seconds += [now - datetime.fromisoformat(each["at"]).timestamp() for each in message["lines"]]
                elif message["type"] == "end":
                    seen.end, seen.finished = message, now
        return seen


def main() -> int:
    port, count, lines, seconds = map(int, sys.argv[1:])
    PluginRecord.objects.filter(slug="lines").update(enabled=True)
    browsers = Browsers(port, count)
    good = _all_arrive(browsers, lines)
    if seconds:
        good = _soon(browsers, seconds) and good
    return 0 if good else 1


def _all_arrive(browsers: Browsers, lines: int) -> bool:
    task = _write_lines(lines)
    seen = asyncio.run(browsers.watch(task.pk))
    complete = sum(each.complete and len(each.numbers) >= lines for each in seen)
    task.refresh_from_db()
    assert task.finished is not None
    behind = max(each.finished for each in seen) - task.finished.timestamp()
    print(
        f"  {lines:,} lines at once: complete and in order in {complete} of {len(seen)} browsers, "
        f"{behind:.2f} s after the end"
    )
    return complete == len(seen)


def _soon(browsers: Browsers, seconds: int) -> bool:
    task = _write_lines(seconds * 1000 // PAUSE, PAUSE)
    seen = asyncio.run(browsers.watch(task.pk))
    times = sorted(time for each in seen for time in each.seconds)
    percentiles = ", ".join(f"p{share} {_percentile(times, share) * 1000:.0f} ms" for share in (50, 95, 99))
    print(f"  ten lines per second: {percentiles}, maximum {times[-1] * 1000:.0f} ms, from worker to browser")
    return all(each.complete for each in seen) and _percentile(times, 95) < GOAL


def _write_lines(lines: int, pause: int = 0) -> Task:
    params = {"lines": lines, "pause": pause}
    return start_task(actor=acting_user(username=None), plugin="lines", action="write", params=params)


def _percentile(times: Sequence[float], share: int) -> float:
    return times[min(len(times) - 1, len(times) * share // 100)]


if __name__ == "__main__":
    raise SystemExit(main())
