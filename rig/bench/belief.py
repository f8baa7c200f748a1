"""`python -m rig.bench.belief`: measures the cost of a belief log record for every destination."""

from __future__ import annotations

import logging
import logging.config
import os
import tempfile
import time
from pathlib import Path

import django

from apps.contracts.belief import belief_scope, reason, reflect
from project.logs import configuration
from rig.bench.stopwatch import machine

RECORDS = 20_000
GOAL = 1_000.0
"""Microseconds per record."""

FACTS = {"assets": 34, "environment": "prod", "written": ["chart “Sales”", "dashboard “Births”"], "password": "hidden"}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings_test")
    django.setup()
    print(machine())
    slow = False
    for way, measured in ways().items():
        slow = slow or measured > GOAL
        print(f"{way}: {measured:.1f} µs per record {'✓' if measured <= GOAL else '✗'}")
    return 1 if slow else 0


def ways() -> dict[str, float]:
    """Microseconds per record by destination. Every scope writes four records: entry, reason, reflect, exit."""
    from apps.tasks.worker.belief import beliefs_as_lines  # noqa: PLC0415 - needs Django
    from apps.tasks.worker.journal import Line  # noqa: PLC0415
    from apps.tasks.worker.masking import Mask  # noqa: PLC0415

    lines: list[Line] = []
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lockstep-belief-") as folder:
        _configure(None)
        found["no destination"] = _measure()
        with beliefs_as_lines(lines.append, Mask(["one secret", "another secret"])):
            found["task line"] = _measure()
        _configure(Path(folder, "lockstep.log"))
        found["file"] = _measure()
        with beliefs_as_lines(lines.append, Mask(["one secret", "another secret"])):
            found["file and task line"] = _measure()
    return found


def _configure(file: Path | None) -> None:
    options = configuration(
        form="text", level="ERROR", file=file, file_level="DEBUG", size=10_000_000, kept=5, belief_entries=True
    )
    logging.config.dictConfig(options)


def _measure() -> float:
    _write_records()
    began = time.perf_counter()
    for _ in range(RECORDS // 4):
        _write_records()
    return (time.perf_counter() - began) / RECORDS * 1_000_000


def _write_records() -> None:
    with belief_scope("superset.execution.executor", **FACTS):
        reason("the target is as the plan found it", **FACTS)
        reflect("read back, nothing differs", **FACTS)


if __name__ == "__main__":
    raise SystemExit(main())
