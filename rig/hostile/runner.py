"""Runs the attacks in parallel jobs, and prints each as soon as it is judged."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from contextlib import ExitStack
from pathlib import Path

from rig.hostile.arena import Arena
from rig.hostile.attack import Attack
from rig.hostile.judge.table import Judgement
from rig.hostile.judge.verdict import Finding, Kind
from rig.hostile.trial import Trial
from rig.postgres.machine import refusal

CLOSING = threading.Event()


def run_all(attacks: list[Attack], folder: Path, server: str, *, jobs: int = 1) -> list[Judgement]:
    """Run all attacks; the judgements in the given order, after Ctrl-C only those that were finished."""
    waiting = Waiting(attacks)
    judged: dict[int, Judgement] = {}
    threads = [
        threading.Thread(target=_work, args=(folder / f"job-{number}", server, waiting, judged), daemon=True)
        for number in range(max(1, min(jobs, len(attacks))))
    ]
    for thread in threads:
        thread.start()
    try:
        _await(threads)
    except KeyboardInterrupt:
        CLOSING.set()
        print("Stopping after the running attacks", file=sys.stderr, flush=True)
        _await(threads)
    return [judged[number] for number in sorted(judged)]


def _await(threads: list[threading.Thread]) -> None:
    for thread in threads:
        while thread.is_alive():  # so that Ctrl-C gets through
            thread.join(0.5)


class Waiting:
    """The attacks that nobody has begun, the slow ones first."""

    def __init__(self, attacks: list[Attack]) -> None:
        self._left = sorted(enumerate(attacks), key=lambda each: (not each[1].slow, each[1].servers))
        self._lock = threading.Lock()

    def take(self, servers: str | None) -> tuple[int, Attack] | None:
        """The next one, on these servers if there is one: others have to be started first."""
        with self._lock:
            at = next((at for at, (_, attack) in enumerate(self._left) if attack.servers == servers), 0)
            return self._left.pop(at) if self._left else None


def _work(folder: Path, server: str, waiting: Waiting, judged: dict[int, Judgement]) -> None:
    servers: str | None = None
    with ExitStack() as stack:
        while not CLOSING.is_set() and (taken := waiting.take(servers)):
            number, attack = taken
            if attack.servers != servers:
                stack.close()
                servers = attack.servers
                arena = stack.enter_context(Arena(folder / (servers or "plain"), server, servers))
            judged[number] = judgement = _run_attack(attack, arena)
            _report(judgement)


def _run_attack(attack: Attack, arena: Arena) -> Judgement:
    if why := unmet(attack.needs, arena.server):
        return Judgement(attack.family, attack.name, attack.entry, skipped=why)
    began = time.monotonic()
    trial: Trial | None = None
    try:
        with arena.trial(attack.state) as trial:
            attack.script(trial)
            for each in (*trial.to_dev.broken, *trial.to_prod.broken):
                trial.fault(f"the attack itself broke: {each}")
    except Exception:  # noqa: BLE001 - a broken attack must neither pass nor stop the others
        sentence = f"the attack itself broke: {traceback.format_exc(limit=-3)}"
        broken = [*(trial.findings if trial else ()), Finding(Kind.FAULT, sentence)]
        return _judgement(attack, trial, broken, time.monotonic() - began)
    return _judgement(attack, trial, trial.findings, time.monotonic() - began)


def _judgement(attack: Attack, trial: Trial | None, findings: list[Finding], seconds: float) -> Judgement:
    return Judgement(
        attack.family,
        attack.name,
        attack.entry,
        tuple(findings),
        refused=bool(trial and trial.refused),
        seconds=seconds,
        transcript=tuple(trial.transcript if trial else ()),
    )


def unmet(needs: tuple[str, ...], server: str) -> str:
    """Why an attack is skipped here; empty if it can run."""
    if "root" in needs and os.geteuid() != 0:
        return "requires root"
    if "postgresql" in needs and not server:
        return f"requires PostgreSQL: set DATABASE_URL{f' ({why})' if (why := refusal()) else ''}"
    if "sqlite" in needs and server:
        return "requires SQLite"
    return ""


def _report(judgement: Judgement) -> None:
    mark = "–" if judgement.skipped else "✓" if judgement.stands else "✗"
    lines = [f"{mark} {judgement.family} {judgement.entry} {judgement.name} ({judgement.seconds:.0f} s)"]
    lines += [f"    skipped: {judgement.skipped}"] if judgement.skipped else []
    lines += [f"    {finding}" for finding in judgement.findings]
    if judgement.findings or os.environ.get("HOSTILE_TRANSCRIPT"):
        lines += [f"      {line}" for line in judgement.transcript]
    print("\n".join(lines), file=sys.stderr, flush=True)
