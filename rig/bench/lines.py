"""`python -m rig.bench.lines`: measures the cost of 10,000 log lines of a task, on SQLite or DATABASE_URL.

Prints the time to write the lines in the action, and the time until the last one is stored. The cost is the sum.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from typing import Any

LINES = 10_000
ROUNDS = int(os.environ.get("ROUNDS", "3"))
GOAL = 5.0


def main() -> None:
    with ExitStack() as stack:
        os.environ["LOCKSTEP_DATA_DIR"] = stack.enter_context(tempfile.TemporaryDirectory(prefix="lockstep-lines-"))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
        if server := os.environ.get("DATABASE_URL"):
            from rig.postgres.machine import own_database  # noqa: PLC0415 - only with DATABASE_URL

            name = f"lockstep_lines_{os.getpid()}"
            os.environ["DATABASE_URL"] = stack.enter_context(own_database(server, name))
        rounds = _measured()
    from rig.bench.stopwatch import machine  # noqa: PLC0415

    print(machine())
    for written, stored in rounds:
        print(f"{LINES} lines: written in {written:.2f} s, stored {stored:.2f} s later")
    whole = statistics.median(map(sum, rounds))
    print(f"{'✓' if whole < GOAL else '✗'} {whole:.2f} s in total; goal: less than {GOAL:g} s")


def _measured() -> list[tuple[float, float]]:
    import django  # noqa: PLC0415 - needs the settings above
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    from django.db import connections  # noqa: PLC0415

    from apps.users.services.actor import create_admin  # noqa: PLC0415

    actor = create_admin(username="bench", password=os.urandom(16).hex())
    rounds = [_round(actor) for _ in range(ROUNDS)]
    connections.close_all()
    return rounds


def _round(actor: Any) -> tuple[float, float]:
    from apps.tasks.models import Task  # noqa: PLC0415
    from apps.tasks.worker.claims import take  # noqa: PLC0415
    from apps.tasks.worker.runner import Attempt  # noqa: PLC0415

    task = Task.objects.create(plugin="bench", action="lines", actor=actor)
    assert take(task)
    attempt = Attempt(task)
    began = time.perf_counter()
    for number in range(LINES):
        attempt.context.log(f"line {number} of {LINES}: dashboard “Sales” was compared", dashboard=number, kind="chart")
    written = time.perf_counter()
    attempt.journal.close()
    stored = time.perf_counter()
    assert task.lines.count() == LINES
    return written - began, stored - written


if __name__ == "__main__":
    main()
