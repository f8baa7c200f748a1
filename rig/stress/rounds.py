"""The rounds, in a process in which Lockstep is set up: `python -m rig.stress.rounds FOLDER ROUNDS SEED PORT`.

A round queues tasks, lets two workers run them while processes are killed and stopped, lets a fresh worker finish, and
compares what is stored with what happened. The next round begins with the workers and the database of the one before.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path

import django

django.setup()

from django.db import connection  # noqa: E402

from apps.audit.chain import verify  # noqa: E402
from apps.core.crypto.encryption import Secret  # noqa: E402
from apps.environments.models import Environment  # noqa: E402
from apps.plugins.installation import refresh_records  # noqa: E402
from apps.plugins.models import PluginRecord  # noqa: E402
from apps.tasks.models import Task, TaskState  # noqa: E402
from apps.tasks.services import start_task  # noqa: E402
from apps.users.services.actor import acting_user  # noqa: E402
from rig.stress import database, mix  # noqa: E402
from rig.stress.activity import Activity  # noqa: E402
from rig.stress.database import retry_on_database_error  # noqa: E402
from rig.stress.journal import JOURNAL_VARIABLE, notes  # noqa: E402
from rig.stress.kills import FaultCounts  # noqa: E402
from rig.stress.verdict import KINDS, LOST, STUCK, Finding, Round, counted, judged  # noqa: E402
from rig.stress.workers import Worker, WorkerPool, wait_until  # noqa: E402

TIMEOUT = 60.0
LEFT_BEHIND = 10.0
"""Seconds within which the processes of a dead worker must end."""

WITH_WEB = 0.3
"""Share of the rounds with a web server and a worker."""

GROUP = 10
"""Rounds per line of output."""


@dataclass(slots=True)
class Totals:
    """Sums over all rounds so far."""

    rounds: int = 0
    tasks: int = 0
    faults: FaultCounts = field(default_factory=FaultCounts)
    wake_ups: int = 0
    connections: int = 0
    states: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def line(self) -> str:
        return " · ".join(f"{kind} {number}" for kind, number in self.findings.items())


class Stress:
    def __init__(self, folder: Path, seed: str, port: int) -> None:
        self.sum = Totals()
        self._folder = folder
        self._seed = seed
        self._actor = acting_user(username=None)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._pool = WorkerPool(environment, folder, port)
        self._journal = Path(os.environ[JOURNAL_VARIABLE])

    def prepare(self) -> None:
        refresh_records()
        PluginRecord.objects.filter(slug="stress").update(enabled=True)
        for name in mix.ENVIRONMENTS:
            Environment.objects.create(name=name, slug=name, url=f"https://{name}.example.com", secret=Secret.of(name))

    def round(self, number: int) -> list[Finding]:
        rng = random.Random(f"{self._seed}/{number}")
        self._pool.fill_up(with_web=rng.random() < WITH_WEB)
        wait_until(lambda: any(worker.works for worker in self._pool.alive), TIMEOUT)
        activity = Activity(self._pool, self._actor, rng, mark=f"{self._seed}/{number}")
        activity.run()
        fresh = self._pool.start()
        ended = activity.wait()
        findings = self._judged(activity, ended=ended)
        findings += self._settle(fresh, rng)
        self._count(activity, findings)
        if findings:
            self._save_evidence(number, activity, findings)
        return findings

    def finish(self) -> list[Finding]:
        """Findings over all rounds: a broken audit, processes that remain."""
        faults = [Finding(LOST, 0, f"audit: {fault}") for fault in verify().faults]
        faults += self._end_all_but(None)
        for fault in faults:
            self.sum.findings[fault.kind] += 1
        return faults

    def close(self) -> None:
        self._pool.resume()
        self._pool.kill()

    def _judged(self, activity: Activity, *, ended: bool) -> list[Finding]:
        stored = retry_on_database_error(
            lambda: database.stored(activity.tasks(), answered=activity.answered, cancelled=activity.cancelled)
        )
        of_bystanders = activity.faults.silences > 0 and connection.vendor != "postgresql"
        causes = None if of_bystanders else frozenset(self._pool.signalled)
        findings = judged(
            Round(stored, [note for note in notes(self._journal) if note.task in activity.numbers], causes)
        )
        if not ended and not findings:
            findings.append(Finding(STUCK, 0, "the round exceeded its time limit"))
        running = Task.objects.filter(state=TaskState.RUNNING).count()
        if running and ended:
            findings.append(Finding(STUCK, 0, f"{running} tasks of earlier rounds are still running"))
        return findings

    def _settle(self, fresh: Worker, rng: random.Random) -> list[Finding]:
        """Stop all workers but one; that one, which may have survived every fault, must still work."""
        findings = [
            Finding(STUCK, 0, f"processes {worker.processes()} outlive worker {worker.pid}")
            for worker in self._pool.present()
            if not worker.alive and not worker.is_gone(LEFT_BEHIND)
        ]
        wait_until(lambda: fresh.works, TIMEOUT)
        left = rng.choice([worker for worker in self._pool.alive if worker.works] or [fresh])
        findings += self._end_all_but(left)
        if left.alive and not self._still_works(left):
            findings.append(Finding(STUCK, 0, f"worker {left.pid} is alive but runs no task ({left.log.name})"))
            left.kill()
        return findings + [Finding(STUCK, 0, lock) for lock in retry_on_database_error(database.held_locks)]

    def _end_all_but(self, left: Worker | None) -> list[Finding]:
        others = [worker for worker in self._pool.present() if worker is not left]
        for worker in others:
            worker.ask_to_end()
        stubborn = [worker for worker in others if not worker.is_gone(TIMEOUT)]
        for worker in stubborn:
            worker.kill()
        return [Finding(STUCK, 0, f"worker {worker.pid} did not stop on SIGTERM") for worker in stubborn]

    def _still_works(self, worker: Worker) -> bool:
        params = {"mark": f"check of {worker.pid}"}
        task = retry_on_database_error(
            lambda: start_task(actor=self._actor, plugin="stress", action="read_again", params=params)
        )
        return wait_until(
            lambda: not worker.alive or Task.objects.filter(pk=task.pk, state=TaskState.SUCCEEDED).exists(), TIMEOUT
        )

    def _count(self, activity: Activity, findings: list[Finding]) -> None:
        total, faults = self.sum, activity.faults
        total.rounds += 1
        total.tasks += len(activity.numbers)
        total.wake_ups += activity.wake_ups
        total.connections += activity.connections
        total.faults = FaultCounts(*map(sum, zip(astuple(total.faults), astuple(faults), strict=True)))
        for task in activity.tasks():
            total.states[task.state] = total.states.get(task.state, 0) + 1
        for finding in findings:
            total.findings[finding.kind] += 1

    def _save_evidence(self, number: int, activity: Activity, findings: list[Finding]) -> None:
        """Beside the logs and the journal."""
        tasks = database.stored(activity.tasks(), answered=activity.answered, cancelled=activity.cancelled)
        evidence = {
            "round": number,
            "findings": [str(finding) for finding in findings],
            "faults": asdict(activity.faults),
            "signalled": sorted(self._pool.signalled),
            "tasks": [asdict(task) for task in tasks],
            "lines": {
                task.pk: [f"{line.seq} {line.at:%H:%M:%S.%f} {line.source}: {line.text}" for line in task.lines.all()]
                for task in activity.tasks().filter(pk__in={finding.task for finding in findings})
            },
            "notes": [asdict(note) for note in notes(self._journal) if note.task in activity.numbers],
        }
        (self._folder / f"round-{number}.json").write_text(json.dumps(evidence, indent=1, default=str))


def main(folder: Path, rounds: int, seed: str, port: int) -> int:
    stress = Stress(folder, seed, port)
    stress.prepare()
    began = time.monotonic()
    try:
        for number in range(1, rounds + 1):
            for finding in stress.round(number):
                print(f"  round {number}: {finding}", flush=True)
            if number % GROUP == 0 or number == rounds:
                print(_progress(stress.sum, time.monotonic() - began), flush=True)
        for finding in stress.finish():
            print(f"  at the end: {finding}", flush=True)
    finally:
        stress.close()
    total = stress.sum
    kills = f"{total.faults.kills} kills"
    print(f"{total.line()} ({counted(total.rounds)}, {total.tasks} tasks, {kills}, seed {seed})", flush=True)
    return 1 if any(total.findings.values()) else 0


def _progress(total: Totals, seconds: float) -> str:
    faults = total.faults
    done = f"{faults.kills} kills, {faults.ends} terminations, {faults.stops} stops ({faults.silences} long), "
    done += f"{total.wake_ups} wake-ups lost or doubled, {total.connections} connections broken"
    states = ", ".join(f"{number} {state}" for state, number in sorted(total.states.items()))
    return f"{counted(total.rounds)}, {seconds:.0f} s: {total.line()}; {done}; {states}"


if __name__ == "__main__":
    name, rounds, seed, port = sys.argv[1:]
    try:
        raise SystemExit(main(Path(name), int(rounds), seed, int(port)))
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        raise SystemExit(130) from None
