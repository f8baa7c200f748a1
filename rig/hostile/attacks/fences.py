"""Attacks on an apply: processes that are given up, and wake."""

from __future__ import annotations

from rig.hostile import gateway
from rig.hostile.attack import attack
from rig.hostile.faults.signals import asleep, await_at, latest_task, process_of
from rig.hostile.gateway import Gate
from rig.hostile.moments import IMPORT
from rig.hostile.trial import Trial, await_that
from rig.hostile.verdict import Claim, Kind, claims

STOPPED_FOR = 90.0
"""Seconds: longer than a silent process is waited for."""


@attack("writes", "A1c", slow=True, each={"before the first": 0, "after the first": 1}, ci=("before the first",))
def asleep_before_a_write(trial: Trial, written: int) -> None:
    """A worker's process stands still before its import, is given up and undone, and wakes: it must not write"""
    trial.worker()
    gate = trial.to_prod.gate()
    if written:
        trial.to_prod.rule("POST", IMPORT, gateway.commit_then_hold(gate))
    else:
        trial.to_prod.rule("GET", "csrf_token", gateway.commit_then_hold(gate))
    trial.begin(*trial.applying, "--queue")
    await_at(gate)
    pid = process_of(trial, latest_task(trial))
    _given_up_and_woken(trial, pid, gate)


@attack("writes", "A1c", slow=True, each={"before the first": 0, "after the first": 1})
def command_asleep_before_a_write(trial: Trial, written: int) -> None:
    """A command stands still before its import, is given up and undone, and wakes: it must not write"""
    gate = trial.to_prod.gate()
    if written:
        trial.to_prod.rule("POST", IMPORT, gateway.commit_then_hold(gate))
    else:
        trial.to_prod.rule("GET", "csrf_token", gateway.commit_then_hold(gate))
    command = trial.begin(*trial.applying)
    await_at(gate)
    trial.worker()  # whose clock gives up what is silent
    _given_up_and_woken(trial, command.pid, gate)


def _given_up_and_woken(trial: Trial, pid: int, gate: Gate) -> None:
    with asleep([pid]):
        gate.open()
        lost = await_that(lambda: trial.status != "applying", STOPPED_FOR + 30)
        trial.expect(lost, "nobody gave up a process that stood still for two minutes")
        trial.undo()
        before = len(trial.to_prod.writes)
    await_that(lambda: len(trial.to_prod.writes) > before, 8)
    after = trial.to_prod.writes[before:]
    trial.expect(not after, f"woken after its run was given up, it sent {len(after)} writes: {after[:2]}", Kind.FALSE)
    trial.end()


@attack("writes", "A1c")
def two_at_once(trial: Trial) -> None:
    """The same migration is applied twice at the same time"""
    commands = [trial.begin(*trial.applying) for _ in range(2)]
    said = [command.said() for command in commands]
    done = [each for each in said if each.succeeded and Claim.APPLIED in claims(each)]
    trial.expect(len(done) < 2, "both say that they applied it", Kind.DOUBLED)
    for each in said:
        trial.judge(each)
    trial.end()


@attack("writes", "A1c")
def apply_and_undo_at_once(trial: Trial) -> None:
    """An undo begins while the apply has an import under way"""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", IMPORT, gateway.hold_then_commit(gate))
    command = trial.begin(*trial.applying)
    await_at(gate)
    said = trial.undo()
    trial.expect(said.refused, f"an undo of what is being applied ended with {said.code}", Kind.FALSE)
    gate.open()
    trial.judge(command.said())
    trial.end()
