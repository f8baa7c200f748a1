"""Attacks on Lockstep's database and disk: broken connections, locks, full and read-only disks."""

from __future__ import annotations

import time
from collections.abc import Callable

from rig.hostile.attack import attack
from rig.hostile.faults.databases import break_connections, closed, locked, reads_only
from rig.hostile.faults.disks import disk
from rig.hostile.faults.signals import wait_for_gate
from rig.hostile.gateway import actions
from rig.hostile.judge.verdict import Kind
from rig.hostile.moments import OF_APPLY, Moment
from rig.hostile.trial import Trial
from rig.hostile.web import serving

FIXED = ("at the import",)


@attack("database", "D10", needs=("postgresql",), each=OF_APPLY, ci=FIXED)
def connections_end(trial: Trial, moment: Moment) -> None:
    """All connections to Lockstep's database break during an apply"""
    _during(trial, moment, lambda: break_connections(trial))


@attack("database", "D10", needs=("postgresql",), each={"5 s": 5.0, "20 s": 20.0})
def server_away(trial: Trial, seconds: float) -> None:
    """Lockstep's database is unavailable during an apply"""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", "/import/", actions.commit_then_hold(gate))
    command = trial.begin(*trial.apply_command)
    wait_for_gate(gate)
    with closed(trial):
        gate.open()
        time.sleep(seconds)
    trial.judge(command.result())
    trial.end()


@attack("database", "D10", needs=("postgresql",))
def connections_end_in_an_undo(trial: Trial) -> None:
    """All connections to Lockstep's database break during a rollback after a lost apply"""
    trial.to_prod.rule("POST", "/import/", actions.commit_then_drop)
    trial.to_prod.rule("POST", "/import/", actions.refuse(422), times=5)
    trial.apply()
    gate = trial.to_prod.gate()
    trial.to_prod.rule("DELETE", "/", actions.commit_then_hold(gate))
    command = trial.begin(*trial.undo_command)
    if gate.wait_for_request(30):
        break_connections(trial)
    gate.open()
    trial.judge(command.result())
    trial.end()


@attack("database", "D10", needs=("postgresql",))
def web_after_broken_connections(trial: Trial) -> None:
    """The web server recovers at once when all its database connections break"""
    with serving(trial) as web:
        headers = web.token()
        web.ask("GET", "/api/v1/migrations", headers=headers)
        break_connections(trial)
        answers = [web.ask("GET", "/api/v1/migrations", headers=headers).status for _ in range(8)]
    trial.expect(answers.count(200) >= 4 and answers[-1] == 200, f"responded with {answers}")
    trial.expect(500 not in answers, f"reports a broken connection as an internal error: {answers}")


@attack("database", "D10", needs=("postgresql",), ci=True)
def only_reads(trial: Trial) -> None:
    """Lockstep's database is read-only: reads with a token work, writes are refused in one sentence"""
    with serving(trial) as web:
        headers = web.token(scope="read")
        with reads_only(trial):
            for path in ("/api/v1/health", "/api/v1/migrations", "/api/v1/environments"):
                response = web.ask("GET", path, headers=headers)
                trial.expect(
                    response.status in (200, 503) and b"Traceback" not in response.body, f"{path}: {response.status}"
                )
            response = web.ask("GET", "/api/v1/migrations", headers=headers)
            trial.expect(response.status == 200, f"reading with a token returns {response.status}")
    with reads_only(trial):
        trial.apply()
    trial.end()


@attack("database", "D10", needs=("sqlite",), each=OF_APPLY, ci=FIXED)
def locked_for_a_while(trial: Trial, moment: Moment) -> None:
    """SQLite is locked for twelve seconds during an apply"""
    gate = trial.to_prod.gate()
    moment(trial, gate, actions.commit_then_hold)
    command = trial.begin(*trial.apply_command)
    wait_for_gate(gate)
    with locked(trial):
        gate.open()
        time.sleep(12)
    trial.judge(command.result())
    trial.end()


@attack("database", "D10", needs=("sqlite",))
def locked_for_long(trial: Trial) -> None:
    """SQLite is locked for fifty seconds during an import"""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", "/import/", actions.commit_then_hold(gate))
    command = trial.begin(*trial.apply_command)
    wait_for_gate(gate)
    with locked(trial):
        gate.open()
        time.sleep(50)
    trial.judge(command.result())
    trial.end()


def _during(trial: Trial, moment: Moment, fault: Callable[[], object]) -> None:
    gate = trial.to_prod.gate()
    moment(trial, gate, actions.commit_then_hold)
    command = trial.begin(*trial.apply_command)
    reached = gate.wait_for_request(60)
    if reached:
        fault()
    gate.open()
    trial.judge(command.result())
    trial.end()


# --- the disk


@attack("database", "D6", needs=("root",), each=OF_APPLY, ci=FIXED)
def full_disk(trial: Trial, moment: Moment) -> None:
    """Lockstep's disk fills up during an apply, and has room again afterwards"""
    with disk(trial) as store:
        gate = trial.to_prod.gate()
        moment(trial, gate, actions.commit_then_hold)
        command = trial.begin(*trial.apply_command)
        if gate.wait_for_request(60):
            store.fill()
        gate.open()
        result = command.result()
        store.empty()
        trial.judge(result)
        trial.end()


@attack(
    "database",
    "D6",
    needs=("root",),
    each={"apply": ("migration", "apply"), "plan": ("migration", "plan"), "sync": ("catalogue", "sync")},
    ci=("apply",),
)
def full_disk_before(trial: Trial, arguments: tuple[str, str]) -> None:
    """Lockstep's disk is full: refused in one sentence, nothing written"""
    with disk(trial) as store:
        store.fill()
        before = len(trial.to_prod.writes)
        options = {
            "apply": (str(trial.migration), "--yes"),
            "plan": ("dev", "prod", "--all", "--map-database", "examples=warehouse"),
            "sync": ("dev",),
        }[arguments[1]]
        result = trial.run(*arguments, *options)
        store.empty()
        trial.expect(result.code in (0, 1, 2), f"ended with {result.code}")
        if arguments[1] == "apply" and not result.succeeded:
            trial.expect(
                len(trial.to_prod.writes) == before,
                "wrote to the target although it could not record that",
                Kind.BETWEEN,
            )
        trial.end()


@attack(
    "database",
    "D6",
    state="planned",
    needs=("root", "sqlite"),
    each={"full": "full", "read-only": "read"},
    ci=("full",),
)
def reading_with_a_token(trial: Trial, state: str) -> None:
    """Reading with a token on a disk that is"""
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
        trial.expect(set(answers.values()) == {200}, f"reading returns {answers}")
