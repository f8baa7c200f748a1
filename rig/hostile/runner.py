"""The attacks one after another, in as many lanes as are asked for, each told as soon as it is judged."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
import traceback
from pathlib import Path

from rig.hostile.arena import Arena
from rig.hostile.attack import Attack
from rig.hostile.trial import Trial
from rig.hostile.verdict import Finding, Judgement, Kind
from rig.postgres import refusal

CLOSING = threading.Event()


def run_all(attacks: list[Attack], folder: Path, server: str, *, lanes: int = 1) -> list[Judgement]:
    """All of them, in the order in which they were given; after a Ctrl-C those that were tried by then."""
    waiting: queue.SimpleQueue[tuple[int, Attack]] = queue.SimpleQueue()
    for numbered in sorted(enumerate(attacks), key=lambda each: not each[1].slow):
        waiting.put(numbered)
    judged: dict[int, Judgement] = {}
    threads = [
        threading.Thread(target=_lane, args=(folder / f"lane-{number}", server, waiting, judged), daemon=True)
        for number in range(max(1, min(lanes, len(attacks))))
    ]
    for thread in threads:
        thread.start()
    try:
        _await(threads)
    except KeyboardInterrupt:
        CLOSING.set()
        print("Stopping after the attacks that are under way", file=sys.stderr, flush=True)
        _await(threads)
    return [judged[number] for number in sorted(judged)]


def _await(threads: list[threading.Thread]) -> None:
    for thread in threads:
        while thread.is_alive():  # so that a Ctrl-C is heard
            thread.join(0.5)


def _lane(
    folder: Path, server: str, waiting: queue.SimpleQueue[tuple[int, Attack]], judged: dict[int, Judgement]
) -> None:
    with Arena(folder, server) as arena:
        while not CLOSING.is_set():
            try:
                number, attack = waiting.get_nowait()
            except queue.Empty:
                return
            judged[number] = judgement = _tried(attack, arena)
            _tell(judgement)


def _tried(attack: Attack, arena: Arena) -> Judgement:
    if why := lacking(attack.needs, arena.server):
        return Judgement(attack.family, attack.name, attack.entry, left_out=why)
    began = time.monotonic()
    trial: Trial | None = None
    try:
        with arena.trial(attack.state) as trial:
            attack.script(trial)
            for each in (*trial.to_dev.broken, *trial.to_prod.broken):
                trial.fault(f"the attack itself broke: {each}")
    except Exception:  # noqa: BLE001 - an attack that breaks must not pass, nor end the others
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
        story=tuple(trial.story if trial else ()),
    )


def lacking(needs: tuple[str, ...], server: str) -> str:
    """Why an attack cannot be tried here; empty if it can."""
    if "root" in needs and os.geteuid() != 0:
        return "takes the rights of root"
    if "postgresql" in needs and not server:
        return f"is about PostgreSQL: set DATABASE_URL{f' ({why})' if (why := refusal()) else ''}"
    if "sqlite" in needs and server:
        return "is about SQLite"
    return ""


def _tell(judgement: Judgement) -> None:
    mark = "–" if judgement.left_out else "✓" if judgement.stands else "✗"
    told = [f"{mark} {judgement.family} {judgement.entry} {judgement.name} ({judgement.seconds:.0f} s)"]
    told += [f"    left out: {judgement.left_out}"] if judgement.left_out else []
    told += [f"    {finding}" for finding in judgement.findings]
    if judgement.findings or os.environ.get("HOSTILE_STORY"):
        told += [f"      {line}" for line in judgement.story]
    print("\n".join(told), file=sys.stderr, flush=True)
