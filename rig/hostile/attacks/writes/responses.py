"""Attacks on an apply: unknown outcomes, lost and late responses."""

from __future__ import annotations

from collections.abc import Callable

from rig.hostile.attack import attack
from rig.hostile.faults.signals import wait_for_gate
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Response
from rig.hostile.gateway.pages import GATEWAY_TIMEOUT, HTML, PAGE
from rig.hostile.gateway.rules import Act, Gate
from rig.hostile.judge.verdict import Kind
from rig.hostile.moments import IMPORT
from rig.hostile.trial import Trial, wait_until

# --- A1b: unknown outcomes


def _carried_out(code: int) -> Callable[[], Act]:
    return lambda: actions.commit_then_respond(Response(code, PAGE, HTML))


def _not_carried_out(code: int) -> Callable[[], Act]:
    return lambda: actions.respond_with(Response(code, PAGE, HTML))


UNKNOWN: dict[str, Callable[[], Act]] = {
    **{f"{code} after it was carried out": _carried_out(code) for code in (500, 502, 503, 504)},
    **{f"{code}, not carried out": _not_carried_out(code) for code in (500, 502, 503, 504)},
    "no answer after it was carried out": lambda: actions.commit_then_drop,
    "no answer, not carried out": lambda: actions.drop,
    "half an answer": lambda: actions.commit_then_cut,
    "200 and a page, carried out": lambda: actions.commit_then_respond(Response(200, PAGE, HTML)),
    "200 and a page, not carried out": lambda: actions.respond_with(Response(200, PAGE, HTML)),
    "200 and other JSON, not carried out": lambda: actions.respond_with(Response.of_json(200, {"message": "OK"})),
    "200 and other JSON, carried out": lambda: actions.commit_then_respond(Response.of_json(200, ["odd"])),
    "204, carried out": lambda: actions.commit_then_respond(Response(204, b"")),
    "302 to the sign-in, carried out": lambda: actions.commit_then_respond(Response(302, b"", {"Location": "/login/"})),
    "302 to the sign-in, not carried out": lambda: actions.respond_with(Response(302, b"", {"Location": "/login/"})),
    "408 after it was carried out": _carried_out(408),
    "408, not carried out": _not_carried_out(408),
    "499 after it was carried out": _carried_out(499),
    "403 and a page after it was carried out": _carried_out(403),
    "500 as JSON, carried out": lambda: actions.commit_then_respond(Response.of_json(500, {"message": "Fatal error"})),
    "422 after it was carried out": lambda: actions.commit_then_respond(Response.of_json(422, {"message": "Failed"})),
    "not JSON at all": lambda: actions.commit_then_respond(
        Response(200, b"\x00\xff\xfe", {"Content-Type": "application/json"})
    ),
}
FIXED_UNKNOWN = ("504 after it was carried out", "no answer, not carried out", "200 and a page, not carried out")


@attack("writes", "A1b", each=UNKNOWN, ci=FIXED_UNKNOWN)
def unknown(trial: Trial, act: Callable[[], Act]) -> None:
    """Response to the first import"""
    trial.to_prod.rule("POST", IMPORT, act())
    trial.apply()
    trial.end()


@attack("writes", "A1b", each=UNKNOWN)
def unknown_half_way(trial: Trial, act: Callable[[], Act]) -> None:
    """Response to the second import"""
    trial.to_prod.rule("POST", IMPORT, act(), skip=1)
    trial.apply()
    trial.end()


LATE: dict[str, Callable[[Gate], Act]] = {
    "504 at once": lambda gate: actions.respond_then_commit(GATEWAY_TIMEOUT, gate),
    "502 at once": lambda gate: actions.respond_then_commit(Response(502, PAGE, HTML), gate),
    "the connection ends": actions.drop_then_commit,
    "200 and a page at once": lambda gate: actions.respond_then_commit(Response(200, PAGE, HTML), gate),
}


@attack("writes", "A1b", each=LATE, ci=("504 at once",))
def late(trial: Trial, act: Callable[[Gate], Act]) -> None:
    """The import is carried out after the rollback"""
    trial.to_prod.rule("POST", IMPORT, act(trial.to_prod.gate()))
    trial.apply()
    trial.undo()
    trial.end()


@attack("writes", "A1b", each=LATE)
def late_half_way(trial: Trial, act: Callable[[Gate], Act]) -> None:
    """The second import is carried out after the rollback"""
    trial.to_prod.rule("POST", IMPORT, act(trial.to_prod.gate()), skip=1)
    trial.apply()
    trial.undo()
    trial.end()


@attack("writes", "A1b", ci=True)
def late_but_waited_for(trial: Trial) -> None:
    """504 at once, but the import is carried out two seconds later: the run continues"""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", IMPORT, actions.respond_then_commit(GATEWAY_TIMEOUT, gate))
    command = trial.begin(*trial.apply_command)
    wait_for_gate(gate)
    wait_until(lambda: False, 2)
    gate.open()
    result = trial.judge(command.result())
    trial.expect(
        result.succeeded,
        f"the import was carried out within the wait, but the run ended with {result.code}: {result.last[:200]}",
    )
    trial.end()


@attack("writes", "A1b")
def late_and_found_by_the_scheduler(trial: Trial) -> None:
    """The import is carried out after the rollback: the scheduler finds it and corrects the status"""
    trial.lockstep.environment |= {"LOCKSTEP_LATE_WRITES": "60"}
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", IMPORT, actions.respond_then_commit(GATEWAY_TIMEOUT, gate))
    trial.apply()
    trial.undo()
    trial.to_prod.settle()
    trial.worker()

    def corrected() -> bool:
        return trial.status != "rolled back"

    trial.expect(
        wait_until(corrected, 45), "a late write is on the target, but the status is “rolled back”", Kind.FALSE
    )
    trial.end()
