"""The rounds, in a process in which Lockstep is set up: `python -m rig.stress.rounds FOLDER ROUNDS SEED PORT`.

Each queues tasks, lets two workers work on them while they are killed, ends them one way or another with a fresh
worker, and compares what is stored with what happened. What a round leaves (its workers, its database) is where the
next one begins.
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
from apps.plugins.models import PluginRecord  # noqa: E402
from apps.plugins.services import refresh_records  # noqa: E402
from apps.tasks.models import Task, TaskState  # noqa: E402
from apps.tasks.services import start_task  # noqa: E402
from apps.users.services.actor import acting_user  # noqa: E402
from rig.stress import database, mix  # noqa: E402
from rig.stress.activity import Going  # noqa: E402
from rig.stress.database import insisting  # noqa: E402
from rig.stress.journal import FILE, notes  # noqa: E402
from rig.stress.kills import Blows  # noqa: E402
from rig.stress.verdict import KINDS, LOST, STUCK, Finding, Round, judged  # noqa: E402
from rig.stress.workers import Crew, Worker, until  # noqa: E402

PATIENCE = 60.0
LEFT_BEHIND = 10.0
"""Seconds in which what a dead worker had goes after it."""

WITH_WEB = 0.3
"""How many of the rounds have a web server beside a worker."""

GROUP = 10
"""Rounds that one line tells of."""


@dataclass(slots=True)
class Sum:
    """What there was so far."""

    rounds: int = 0
    tasks: int = 0
    blows: Blows = field(default_factory=Blows)
    wake_ups: int = 0
    connections: int = 0
    states: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def line(self) -> str:
        return " · ".join(f"{kind} {number}" for kind, number in self.findings.items())


class Stress:
    def __init__(self, folder: Path, seed: str, port: int) -> None:
        self.sum = Sum()
        self._folder = folder
        self._seed = seed
        self._actor = acting_user(username=None)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._crew = Crew(environment, folder, port)
        self._truth = Path(os.environ[FILE])

    def prepare(self) -> None:
        refresh_records()
        PluginRecord.objects.filter(slug="stress").update(enabled=True)
        for name in mix.ENVIRONMENTS:
            Environment.objects.create(name=name, slug=name, url=f"https://{name}.example.com", secret=Secret.of(name))

    def round(self, number: int) -> list[Finding]:
        dice = random.Random(f"{self._seed}/{number}")
        self._crew.fill_up(with_web=dice.random() < WITH_WEB)
        until(lambda: any(worker.works for worker in self._crew.alive), PATIENCE)
        going = Going(self._crew, self._actor, dice, mark=f"{self._seed}/{number}")
        going.run()
        fresh = self._crew.start()
        ended = going.wait()
        findings = self._judged(going, ended=ended)
        findings += self._rest(fresh, dice)
        self._count(going, findings)
        if findings:
            self._keep(number, going, findings)
        return findings

    def finish(self) -> list[Finding]:
        """What can only be told of all together: that the audit is whole, and that nothing is left."""
        faults = [Finding(LOST, 0, f"of the audit: {fault}") for fault in verify().faults]
        faults += self._end_all_but(None)
        for fault in faults:
            self.sum.findings[fault.kind] += 1
        return faults

    def close(self) -> None:
        self._crew.resume()
        self._crew.kill()

    def _judged(self, going: Going, *, ended: bool) -> list[Finding]:
        stored = insisting(lambda: database.stored(going.tasks(), answered=going.answered, cancelled=going.cancelled))
        of_bystanders = going.blows.silences > 0 and connection.vendor != "postgresql"
        causes = None if of_bystanders else frozenset(self._crew.struck)
        findings = judged(Round(stored, [note for note in notes(self._truth) if note.task in going.numbers], causes))
        if not ended and not findings:
            findings.append(Finding(STUCK, 0, "the round ended after its bound only"))
        running = Task.objects.filter(state=TaskState.RUNNING).count()
        if running and ended:
            findings.append(Finding(STUCK, 0, f"{running} tasks of earlier rounds still hold what they held"))
        return findings

    def _rest(self, fresh: Worker, dice: random.Random) -> list[Finding]:
        """All but one of the workers end; the one that is left, which may have gone through all of it, must work."""
        findings = [
            Finding(STUCK, 0, f"processes {worker.processes()} outlive their worker {worker.pid}")
            for worker in self._crew.present()
            if not worker.alive and not worker.is_gone(LEFT_BEHIND)
        ]
        until(lambda: fresh.works, PATIENCE)
        left = dice.choice([worker for worker in self._crew.alive if worker.works] or [fresh])
        findings += self._end_all_but(left)
        if left.alive and not self._still_works(left):
            findings.append(Finding(STUCK, 0, f"worker {left.pid} lives, and does nothing ({left.log.name})"))
            left.kill()
        return findings + [Finding(STUCK, 0, lock) for lock in insisting(database.held_locks)]

    def _end_all_but(self, left: Worker | None) -> list[Finding]:
        others = [worker for worker in self._crew.present() if worker is not left]
        for worker in others:
            worker.ask_to_end()
        stubborn = [worker for worker in others if not worker.is_gone(PATIENCE)]
        for worker in stubborn:
            worker.kill()
        return [Finding(STUCK, 0, f"worker {worker.pid} did not end when it was told to") for worker in stubborn]

    def _still_works(self, worker: Worker) -> bool:
        params = {"mark": f"rest of {worker.pid}"}
        task = insisting(lambda: start_task(actor=self._actor, plugin="stress", action="read_again", params=params))
        return until(
            lambda: not worker.alive or Task.objects.filter(pk=task.pk, state=TaskState.SUCCEEDED).exists(), PATIENCE
        )

    def _count(self, going: Going, findings: list[Finding]) -> None:
        total, blows = self.sum, going.blows
        total.rounds += 1
        total.tasks += len(going.numbers)
        total.wake_ups += going.wake_ups
        total.connections += going.connections
        total.blows = Blows(*map(sum, zip(astuple(total.blows), astuple(blows), strict=True)))
        for task in going.tasks():
            total.states[task.state] = total.states.get(task.state, 0) + 1
        for finding in findings:
            total.findings[finding.kind] += 1

    def _keep(self, number: int, going: Going, findings: list[Finding]) -> None:
        """Beside the logs and the truth, which stay where they are."""
        told = database.stored(going.tasks(), answered=going.answered, cancelled=going.cancelled)
        evidence = {
            "round": number,
            "findings": [str(finding) for finding in findings],
            "blows": asdict(going.blows),
            "struck": sorted(self._crew.struck),
            "tasks": [asdict(task) for task in told],
            "lines": {
                task.pk: [f"{line.seq} {line.at:%H:%M:%S.%f} {line.source}: {line.text}" for line in task.lines.all()]
                for task in going.tasks().filter(pk__in={finding.task for finding in findings})
            },
            "notes": [asdict(note) for note in notes(self._truth) if note.task in going.numbers],
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
                print(_so_far(stress.sum, time.monotonic() - began), flush=True)
        for finding in stress.finish():
            print(f"  at the end: {finding}", flush=True)
    finally:
        stress.close()
    total = stress.sum
    kills = f"{total.blows.kills} kills"
    print(f"{total.line()} ({total.rounds} rounds, {total.tasks} tasks, {kills}, seed {seed})", flush=True)
    return 1 if any(total.findings.values()) else 0


def _so_far(total: Sum, seconds: float) -> str:
    blows = total.blows
    done = f"{blows.kills} kills, {blows.ends} ends, {blows.stops} stops ({blows.silences} long), "
    done += f"{total.wake_ups} wake-ups lost or doubled, {total.connections} connections broken"
    states = ", ".join(f"{number} {state}" for state, number in sorted(total.states.items()))
    return f"{total.rounds:4} rounds, {seconds:.0f} s: {total.line()}; {done}; {states}"


if __name__ == "__main__":
    name, rounds, seed, port = sys.argv[1:]
    try:
        raise SystemExit(main(Path(name), int(rounds), seed, int(port)))
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        raise SystemExit(130) from None
