"""Short tasks for `rig.bench.scale`, in a process with Lockstep's settings; whoever works on them was started before.

    python -m rig.bench.scale.tasks queue NUMBER
    python -m rig.bench.scale.tasks measure FIRST NUMBER RATE

`queue` leaves tasks for workers that are started next, and prints the number of the first. `measure` waits for the end
of those, then queues NUMBER at RATE a second, and prints {a_second, waits}: how many of the former ended in a second,
and seconds from queued to started of each of the latter.
"""

from __future__ import annotations

import json
import sys
import time

import django

django.setup()

from django.db.models import Max, Min, QuerySet  # noqa: E402

from apps.tasks.models import ENDED, Task  # noqa: E402
from apps.tasks.services import start_task  # noqa: E402
from apps.users.models import User  # noqa: E402
from apps.users.services.actor import acting_user  # noqa: E402

PLUGIN, ACTION = "dummy0", "first"
PATIENCE = 120.0
POLL = 0.1


def queue(number: int, actor: User) -> int:
    return min(_start(actor) for _ in range(number))


def measure(first: int, number: int, rate: float, actor: User) -> dict[str, object]:
    backlog = Task.objects.filter(pk__gte=first)
    _await(backlog)
    backlog = Task.objects.filter(pk__in=list(backlog.values_list("pk", flat=True)))
    took = backlog.aggregate(began=Min("started"), ended=Max("finished"))
    a_second = backlog.count() / (took["ended"] - took["began"]).total_seconds()
    return {"a_second": a_second, "waits": _waits(_paced(number, rate, actor))}


def _paced(number: int, rate: float, actor: User) -> QuerySet[Task]:
    began, numbers = time.monotonic(), []
    for each in range(number):
        time.sleep(max(0.0, began + each / rate - time.monotonic()))
        numbers.append(_start(actor))
    return Task.objects.filter(pk__in=numbers)


def _waits(tasks: QuerySet[Task]) -> list[float]:
    _await(tasks)
    times = tasks.values_list("created", "started")
    return [(started - created).total_seconds() for created, started in times if started]


def _start(actor: User) -> int:
    return start_task(actor=actor, plugin=PLUGIN, action=ACTION, params={"name": "short"}).pk


def _await(tasks: QuerySet[Task]) -> None:
    end = time.monotonic() + PATIENCE
    while tasks.exclude(state__in=ENDED).exists():
        if time.monotonic() > end:
            raise SystemExit(f"{tasks.exclude(state__in=ENDED).count()} tasks have not ended")
        time.sleep(POLL)


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    actor = acting_user(username=None)
    if what == "queue":
        print(queue(int(numbers[0]), actor))
    else:
        print(json.dumps(measure(int(numbers[0]), int(numbers[1]), float(numbers[2]), actor)))
