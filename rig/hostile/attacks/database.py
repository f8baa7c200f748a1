"""Attacks on what Lockstep stands on: its database's connections and locks, a full disk, one that only reads."""

from __future__ import annotations

import time
from collections.abc import Callable

from rig.hostile import gateway
from rig.hostile.attack import attack
from rig.hostile.faults.databases import break_connections, closed, locked, reads_only
from rig.hostile.faults.disks import disk
from rig.hostile.faults.signals import await_at
from rig.hostile.moments import OF_APPLY, Moment
from rig.hostile.trial import Trial
from rig.hostile.verdict import Kind
from rig.hostile.web import serving

FIXED = ("at the import",)


@attack("database", "D10", needs=("postgresql",), each=OF_APPLY, ci=FIXED)
def connections_end(trial: Trial, moment: Moment) -> None:
    """All connections to Lockstep's database end during an apply"""
    _during(trial, moment, lambda: break_connections(trial))


@attack("database", "D10", needs=("postgresql",), each={"5 s": 5.0, "20 s": 20.0})
def server_away(trial: Trial, seconds: float) -> None:
    """Lockstep's database is away during an apply, for"""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", "/import/", gateway.commit_then_hold(gate))
    command = trial.begin(*trial.applying)
    await_at(gate)
    with closed(trial):
        gate.open()
        time.sleep(seconds)
    trial.judge(command.said())
    trial.end()


@attack("database", "D10", needs=("postgresql",))
def connections_end_in_an_undo(trial: Trial) -> None:
    """All connections to Lockstep's database end during an undo that follows a lost apply"""
    trial.to_prod.rule("POST", "/import/", gateway.commit_then_drop)
    trial.to_prod.rule("POST", "/import/", gateway.refuse(422), times=5)
    trial.apply()
    gate = trial.to_prod.gate()
    trial.to_prod.rule("DELETE", "/", gateway.commit_then_hold(gate))
    command = trial.begin(*trial.undoing)
    if gate.await_somebody(30):
        break_connections(trial)
    gate.open()
    trial.judge(command.said())
    trial.end()


@attack("database", "D10", needs=("postgresql",))
def web_after_broken_connections(trial: Trial) -> None:
    """The web server answers again at once when all its connections were ended"""
    with serving(trial) as web:
        headers = web.token()
        web.ask("GET", "/api/v1/migrations", headers=headers)
        break_connections(trial)
        answers = [web.ask("GET", "/api/v1/migrations", headers=headers).status for _ in range(8)]
    trial.expect(answers.count(200) >= 4 and answers[-1] == 200, f"it answered {answers}")
    trial.expect(500 not in answers, f"a broken connection is told as a fault: {answers}")


@attack("database", "D10", needs=("postgresql",), ci=True)
def only_reads(trial: Trial) -> None:
    """Lockstep's database only reads: reading with a token goes on, writing is refused in a sentence"""
    with serving(trial) as web:
        headers = web.token(scope="read")
        with reads_only(trial):
            for path in ("/api/v1/health", "/api/v1/migrations", "/api/v1/environments"):
                answer = web.ask("GET", path, headers=headers)
                trial.expect(
                    answer.status in (200, 503) and b"Traceback" not in answer.body, f"{path}: {answer.status}"
                )
            answer = web.ask("GET", "/api/v1/migrations", headers=headers)
            trial.expect(answer.status == 200, f"reading with a token answers {answer.status}")
    with reads_only(trial):
        trial.apply()
    trial.end()


@attack("database", "D10", needs=("sqlite",), each=OF_APPLY, ci=FIXED)
def locked_for_a_while(trial: Trial, moment: Moment) -> None:
    """Somebody holds SQLite's lock for twelve seconds during an apply"""
    gate = trial.to_prod.gate()
    moment(trial, gate, gateway.commit_then_hold)
    command = trial.begin(*trial.applying)
    await_at(gate)
    with locked(trial):
        gate.open()
        time.sleep(12)
    trial.judge(command.said())
    trial.end()


@attack("database", "D10", needs=("sqlite",))
def locked_for_long(trial: Trial) -> None:
    """Somebody holds SQLite's lock for fifty seconds while an import is under way"""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", "/import/", gateway.commit_then_hold(gate))
    command = trial.begin(*trial.applying)
    await_at(gate)
    with locked(trial):
        gate.open()
        time.sleep(50)
    trial.judge(command.said())
    trial.end()


def _during(trial: Trial, moment: Moment, blow: Callable[[], object]) -> None:
    gate = trial.to_prod.gate()
    moment(trial, gate, gateway.commit_then_hold)
    command = trial.begin(*trial.applying)
    reached = gate.await_somebody(60)
    if reached:
        blow()
    gate.open()
    trial.judge(command.said())
    trial.end()


# --- the disk


@attack("database", "D6", needs=("root",), each=OF_APPLY, ci=FIXED)
def full_disk(trial: Trial, moment: Moment) -> None:
    """The disk of Lockstep's data is full from a moment of an apply on, and has room again afterwards"""
    with disk(trial) as store:
        gate = trial.to_prod.gate()
        moment(trial, gate, gateway.commit_then_hold)
        command = trial.begin(*trial.applying)
        if gate.await_somebody(60):
            store.fill()
        gate.open()
        said = command.said()
        store.empty()
        trial.judge(said)
        trial.end()


@attack(
    "database",
    "D6",
    needs=("root",),
    each={"apply": ("migration", "apply"), "plan": ("migration", "plan"), "sync": ("catalogue", "sync")},
    ci=("apply",),
)
def full_disk_before(trial: Trial, words: tuple[str, str]) -> None:
    """The disk of Lockstep's data is full: refused in a sentence, and nothing is written"""
    with disk(trial) as store:
        store.fill()
        before = len(trial.to_prod.writes)
        options = {
            "apply": (str(trial.migration), "--yes"),
            "plan": ("dev", "prod", "--all", "--map-database", "examples=warehouse"),
            "sync": ("dev",),
        }[words[1]]
        said = trial.run(*words, *options)
        store.empty()
        trial.expect(said.code in (0, 1, 2), f"it ended with {said.code}")
        if words[1] == "apply" and not said.succeeded:
            trial.expect(
                len(trial.to_prod.writes) == before, "it wrote though it could not keep what it wrote", Kind.BETWEEN
            )
        trial.end()


@attack(
    "database",
    "D6",
    state="planned",
    needs=("root", "sqlite"),
    each={"full": "full", "only read": "read"},
    ci=("full",),
)
def reading_with_a_token(trial: Trial, state: str) -> None:
    """Reading with a token, when the disk of Lockstep's data is"""
    with disk(trial) as store, serving(trial) as web:
        headers = web.token(scope="read")
        if state == "read":
            store.read_only(on=True)
        else:
            store.fill()
        answers = {
            path: web.ask("GET", path, headers=headers).status
            for path in ("/api/v1/migrations", "/api/v1/environments")
        }
        if state == "read":
            store.read_only(on=False)
        store.empty()
        trial.expect(set(answers.values()) == {200}, f"reading answers {answers}")
