"""Attacks on a rollback: unknown outcomes, late responses, kills half-way."""

from __future__ import annotations

import signal
from collections.abc import Callable

from rig.hostile.attack import attack
from rig.hostile.faults.signals import asleep, wait_for_gate
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Response
from rig.hostile.gateway.pages import GATEWAY_TIMEOUT, HTML, PAGE
from rig.hostile.gateway.rules import Act, Gate
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import Trial, wait_until

UNKNOWN: dict[str, Callable[[], Act]] = {
    "504 after it was carried out": lambda: actions.commit_then_respond(GATEWAY_TIMEOUT),
    "504, not carried out": lambda: actions.respond_with(GATEWAY_TIMEOUT),
    "no answer after it was carried out": lambda: actions.commit_then_drop,
    "no answer, not carried out": lambda: actions.drop,
    "200 and a page, not carried out": lambda: actions.respond_with(Response(200, PAGE, HTML)),
    "200 and a page, carried out": lambda: actions.commit_then_respond(Response(200, PAGE, HTML)),
    "422": lambda: actions.refuse(422),
    "403": lambda: actions.refuse(403),
    "404 after it was carried out": lambda: actions.commit_then_respond(
        Response.of_json(404, {"message": "Not found"})
    ),
}


@attack("undo", "A1b", state="applied", each=UNKNOWN, ci=("504, not carried out",))
def removal_unknown(trial: Trial, act: Callable[[], Act]) -> None:
    """Response to the first removal"""
    trial.to_prod.rule("DELETE", "/", act())
    trial.undo()
    _in_the_end_undone(trial)


@attack("undo", "A1b", state="applied over", each=UNKNOWN, ci=("504 after it was carried out",))
def restoring_unknown(trial: Trial, act: Callable[[], Act]) -> None:
    """Response to the import that restores what was overwritten"""
    trial.to_prod.rule("POST", "/import/", act())
    trial.undo()
    _in_the_end_undone(trial)


@attack(
    "undo",
    "A1b",
    state="applied over",
    each={name: UNKNOWN[name] for name in ("504 after it was carried out", "422", "no answer, not carried out")},
)
def removal_unknown_half_way(trial: Trial, act: Callable[[], Act]) -> None:
    """Response to the second removal"""
    trial.to_prod.rule("DELETE", "/", act(), skip=1)
    trial.undo()
    _in_the_end_undone(trial)


def _in_the_end_undone(trial: Trial) -> None:
    """A rollback may stop half-way; then another rollback must finish it."""
    trial.to_prod.lift()
    trial.to_prod.settle()
    if trial.target_state().from_before:
        trial.undo()
    target_state = trial.target_state()
    trial.expect(
        not target_state.from_before,
        f"another rollback does not finish it: {'; '.join(target_state.from_before[:3])}",
        Kind.BETWEEN,
    )
    trial.end(undone=False)


LATE: dict[str, Callable[[Gate], Act]] = {
    "504 at once": lambda gate: actions.respond_then_commit(GATEWAY_TIMEOUT, gate),
    "the connection ends": actions.drop_then_commit,
}


@attack("undo", "A1b", state="applied over", each=LATE)
def restoring_late(trial: Trial, act: Callable[[Gate], Act]) -> None:
    """The import that restores what was overwritten is carried out late"""
    trial.to_prod.rule("POST", "/import/", act(trial.to_prod.gate()))
    trial.undo()
    _in_the_end_undone(trial)


@attack("undo", "A1b", state="applied", each=LATE)
def removal_late(trial: Trial, act: Callable[[Gate], Act]) -> None:
    """A removal is carried out late"""
    trial.to_prod.rule("DELETE", "/", act(trial.to_prod.gate()))
    trial.undo()
    _in_the_end_undone(trial)


@attack("undo", "A2", state="applied", each={"429 twice": 2, "429 five times": 5}, ci=("429 twice",))
def removal_asked_to_wait(trial: Trial, times: int) -> None:
    """A removal is refused with 429, then accepted"""
    trial.to_prod.rule("DELETE", "/", actions.refuse(429, Retry_After="1"), times=times)
    result = trial.undo()
    trial.expect(result.succeeded, f"gave up on 429, which says that nothing was done: {result.last[:200]}")
    _in_the_end_undone(trial)


MOMENTS = {
    "at the import": ("POST", "/import/", 0),
    "at the first removal": ("DELETE", "/", 0),
    "at the second removal": ("DELETE", "/", 1),
    "at the third removal": ("DELETE", "/", 2),
}


@attack("undo", "A1b", state="applied over", each=MOMENTS, ci=("at the second removal",))
def killed(trial: Trial, moment: tuple[str, str, int]) -> None:
    """The process is killed while a request of the rollback is held, which continues later"""
    method, path, skip = moment
    gate = trial.to_prod.gate()
    trial.to_prod.rule(method, path, actions.hold_then_commit(gate), skip=skip)
    command = trial.begin(*trial.undo_command)
    wait_for_gate(gate)
    command.signal(signal.SIGKILL)
    command.result()
    _in_the_end_undone(trial)


@attack("undo", "A1c", state="applied over")
def asleep_before_a_removal(trial: Trial) -> None:
    """A rollback stops after its import, is given up and finished by another; woken, it writes nothing"""
    trial.worker()
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", "/import/", actions.commit_then_hold(gate))
    command = trial.begin(*trial.undo_command)
    wait_for_gate(gate)
    with asleep([command.pid]):
        gate.open()
        wait_until(lambda: trial.status != "rolling back", 120)
        trial.undo()
        before = len(trial.to_prod.writes)
    wait_until(lambda: len(trial.to_prod.writes) > before, 8)
    after = trial.to_prod.writes[before:]
    trial.expect(not after, f"sent {len(after)} writes after its run was given up", Kind.FALSE)
    trial.end()
