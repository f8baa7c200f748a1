"""Attacks on an apply: interrupted or killed between the steps of a write."""

from __future__ import annotations

import signal

from rig.hostile.attack import attack
from rig.hostile.faults.signals import kill_worker, wait_for_gate
from rig.hostile.gateway import actions
from rig.hostile.gateway.pages import GATEWAY_TIMEOUT
from rig.hostile.moments import IMPORT, OF_APPLY, Moment
from rig.hostile.trial import Trial


@attack("writes", "A1b", each={"apply": "apply", "rollback": "rollback"}, ci=("apply",))
def one_ctrl_c(trial: Trial, verb: str) -> None:
    """A request hangs: one Ctrl-C ends the command soon without a stack trace; the request arrives later"""
    gate = trial.to_prod.gate()
    if verb == "apply":
        trial.to_prod.rule("POST", IMPORT, actions.hold_then_commit(gate))
        command = trial.begin(*trial.apply_command)
    else:
        trial.to_prod.rule("POST", IMPORT, actions.commit_then_respond(GATEWAY_TIMEOUT), skip=1)
        trial.apply()
        trial.to_prod.rule("DELETE", "/", actions.hold_then_commit(gate))
        command = trial.begin(*trial.undo_command)
    wait_for_gate(gate)
    command.signal(signal.SIGINT)
    result = trial.judge(command.result(25))
    trial.expect(result.code in (1, 130), f"Ctrl-C ended it with {result.code} after {result.seconds:.0f} s")
    trial.undo()
    trial.end()


# --- killed


@attack("writes", "A1b", each=OF_APPLY, ci=("at the import", "at the second import"))
def killed(trial: Trial, moment: Moment) -> None:
    """The process is killed while a request is held, which continues after a rollback"""
    gate = trial.to_prod.gate()
    moment(trial, gate, actions.hold_then_commit)
    command = trial.begin(*trial.apply_command)
    wait_for_gate(gate)
    command.signal(signal.SIGKILL)
    command.result()
    trial.undo()
    trial.end()


@attack("writes", "A1b")
def worker_killed(trial: Trial) -> None:
    """A worker and its processes are killed while an import is held, which continues after a rollback"""
    worker = trial.worker()
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", IMPORT, actions.hold_then_commit(gate))
    trial.begin(*trial.apply_command, "--queue")
    wait_for_gate(gate)
    kill_worker(worker)
    trial.undo()
    trial.end()


@attack("writes", "A8b", each={"first import": 0, "second import": 1})
def killed_then_applied_again(trial: Trial, skip: int) -> None:
    """Killed after an import was carried out, then applied again: done, not stale"""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", IMPORT, actions.commit_then_hold(gate), skip=skip)
    command = trial.begin(*trial.apply_command)
    wait_for_gate(gate)
    command.signal(signal.SIGKILL)
    command.result()
    trial.to_prod.settle()
    whole = not trial.target_state().from_plan
    result = trial.apply()
    trial.expect(result.succeeded or not whole, f"the target is as planned, but apply refused: {result.last[:200]}")
    trial.end()


@attack("writes", "A8b", ci=True)
def whole_already(trial: Trial) -> None:
    """Killed after the last write: apply says done"""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", IMPORT, actions.commit_then_hold(gate), skip=1)
    command = trial.begin(*trial.apply_command)
    wait_for_gate(gate)
    command.signal(signal.SIGKILL)
    command.result()
    trial.to_prod.settle()
    if not trial.target_state().from_plan:
        result = trial.apply()
        trial.expect(result.succeeded, f"the target is as planned, but apply refused: {result.last[:200]}")
    trial.end()
