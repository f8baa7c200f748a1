"""Attacks on an apply: processes that are given up and wake again."""

from __future__ import annotations

from rig.hostile.attack import attack
from rig.hostile.faults.signals import asleep, latest_task, process_of, wait_for_gate
from rig.hostile.gateway import actions
from rig.hostile.gateway.rules import Gate
from rig.hostile.judge.claims import Claim, claims
from rig.hostile.judge.verdict import Kind
from rig.hostile.moments import IMPORT
from rig.hostile.trial import Trial, wait_until

STOPPED_FOR = 90.0
"""Seconds: longer than a process may be silent."""


@attack("writes", "A1c", slow=True, each={"before the first": 0, "after the first": 1}, ci=("before the first",))
def asleep_before_a_write(trial: Trial, written: int) -> None:
    """A worker process stops before its import, is given up and rolled back, and wakes: it must not write"""
    trial.worker()
    gate = trial.to_prod.gate()
    if written:
        trial.to_prod.rule("POST", IMPORT, actions.commit_then_hold(gate))
    else:
        trial.to_prod.rule("GET", "csrf_token", actions.commit_then_hold(gate))
    trial.begin(*trial.apply_command, "--queue")
    wait_for_gate(gate)
    pid = process_of(trial, latest_task(trial))
    _given_up_and_woken(trial, pid, gate)


@attack("writes", "A1c", slow=True, each={"before the first": 0, "after the first": 1})
def command_asleep_before_a_write(trial: Trial, written: int) -> None:
    """A command stops before its import, is given up and rolled back, and wakes: it must not write"""
    gate = trial.to_prod.gate()
    if written:
        trial.to_prod.rule("POST", IMPORT, actions.commit_then_hold(gate))
    else:
        trial.to_prod.rule("GET", "csrf_token", actions.commit_then_hold(gate))
    command = trial.begin(*trial.apply_command)
    wait_for_gate(gate)
    trial.worker()  # its scheduler gives up silent runs
    _given_up_and_woken(trial, command.pid, gate)


def _given_up_and_woken(trial: Trial, pid: int, gate: Gate) -> None:
    with asleep([pid]):
        gate.open()
        lost = wait_until(lambda: trial.status != "applying", STOPPED_FOR + 30)
        trial.expect(lost, "a process that stopped for two minutes was not given up")
        trial.undo()
        before = len(trial.to_prod.writes)
    wait_until(lambda: len(trial.to_prod.writes) > before, 8)
    after = trial.to_prod.writes[before:]
    trial.expect(not after, f"sent {len(after)} writes after its run was given up: {after[:2]}", Kind.FALSE)
    trial.end()


@attack("writes", "A1c")
def two_at_once(trial: Trial) -> None:
    """The same migration is applied twice at the same time"""
    commands = [trial.begin(*trial.apply_command) for _ in range(2)]
    result = [command.result() for command in commands]
    done = [each for each in result if each.succeeded and Claim.APPLIED in claims(each)]
    trial.expect(len(done) < 2, "both claim to have applied it", Kind.DOUBLED)
    for each in result:
        trial.judge(each)
    trial.end()


@attack("writes", "A1c")
def apply_and_undo_at_once(trial: Trial) -> None:
    """A rollback starts while the apply has an import under way"""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", IMPORT, actions.hold_then_commit(gate))
    command = trial.begin(*trial.apply_command)
    wait_for_gate(gate)
    result = trial.undo()
    trial.expect(result.refused, f"a rollback of a running apply ended with {result.code}", Kind.FALSE)
    gate.open()
    trial.judge(command.result())
    trial.end()
