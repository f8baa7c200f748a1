"""Attacks on an apply: refusals, lost and late responses, faults between the steps of a write."""

from __future__ import annotations

import signal
from collections.abc import Callable

from rig.check.rest import RestError, Superset
from rig.hostile import people
from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.faults.signals import kill_worker, wait_for_gate
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Response
from rig.hostile.gateway.rules import FOREVER, Act, Gate
from rig.hostile.judge.verdict import Kind
from rig.hostile.moments import IMPORT, OF_APPLY, Moment
from rig.hostile.trial import Trial, wait_until

HTML = {"Content-Type": "text/html"}
PAGE = b"<!doctype html><title>Please wait</title><h1>Please wait</h1>"
GATEWAY_TIMEOUT = Response(504, b"<html><h1>504 Gateway Time-out</h1></html>", HTML)


def second(act: Act) -> tuple[Act, int]:
    return act, 1


# --- A1: certain refusals


@attack("writes", "A1", each={str(code): code for code in (400, 401, 403, 404, 409, 413, 415, 422)}, ci=("422", "413"))
def refused_unread(trial: Trial, status: int) -> None:
    """Every import is refused before it reaches Superset"""
    trial.to_prod.rule("POST", IMPORT, actions.refuse(status), times=9)
    _said_nothing_was_written(trial)


@attack("writes", "A1")
def refused_as_html(trial: Trial) -> None:
    """A firewall refuses every import with 403 and a page"""
    trial.to_prod.rule("POST", IMPORT, actions.respond_with(Response(403, PAGE, HTML)), times=9)
    _said_nothing_was_written(trial)


def _said_nothing_was_written(trial: Trial) -> None:
    result = trial.apply()
    trial.expect(result.refused, f"a refused import ended with {result.code}", Kind.FALSE)
    trial.expect(
        trial.status in ("planned", "failed", "approved"), f"nothing arrived, but the status is “{trial.status}”"
    )
    undone = trial.undo()
    trial.expect(
        not undone.succeeded or "othing" in undone.text,
        "a rollback of nothing claims to have removed something",
        Kind.FALSE,
    )
    trial.end()


@attack("writes", "A1", state="registered", ci=True)
def refused_by_the_importer(trial: Trial) -> None:
    """Refused for a null, then imported by hand: the rollback must leave what it did not write"""
    _spoil_dataset(trial, "filter_select_enabled")
    if trial.plan(BIRTHS).code == 2:
        trial.apply()
        trial.target.others_edit(lambda _: trial.put_target("applied"))
        trial.undo()
    trial.end(undone=False)


@attack(
    "writes", "A1", state="registered", each={name: name for name in ("offset", "normalize_columns", "is_sqllab_view")}
)
def refused_for_a_null(trial: Trial, field: str) -> None:
    """A dataset has null where the importer accepts none"""
    _spoil_dataset(trial, field)
    if trial.plan(BIRTHS).code == 2:
        trial.apply()
    trial.end()


def _spoil_dataset(trial: Trial, field: str) -> None:
    for row in trial.dev.rows("dataset", "id", "table_name"):
        if row["table_name"] == "birth_names":
            try:
                trial.dev.update("dataset", row["id"], {field: None})
            except RestError:
                trial.transcript.append(f"Superset accepts no null for {field}")


@attack(
    "writes", "A1", each={"import": ("POST", IMPORT), "second import": ("POST", IMPORT), "setting": ("PUT", "/chart/")}
)
def refused_half_way(trial: Trial, what: tuple[str, str]) -> None:
    """The second write is refused: what was written is reported and rolled back"""
    method, path = what
    trial.to_prod.rule(method, path, actions.refuse(422), times=9, skip=1 if path == IMPORT else 0)
    trial.apply()
    trial.end()


@attack("writes", "A1", state="planned", ci=True)
def by_hand_after_a_refusal(trial: Trial) -> None:
    """Refused with 422, then imported by hand: the rollback must leave it"""
    trial.to_prod.rule("POST", IMPORT, actions.refuse(422), times=9)
    trial.apply()
    trial.target.others_edit(lambda _: trial.put_target("applied"))
    trial.undo()
    trial.end(undone=False)


@attack("writes", "A1", state="planned")
def by_hand_while_unknown(trial: Trial) -> None:
    """The import is lost, then done by hand: the rollback must not take it for its own"""
    trial.to_prod.rule("POST", IMPORT, actions.respond_with(GATEWAY_TIMEOUT))
    trial.apply()

    def bring(prod: Superset) -> None:
        trial.put_target("applied")
        for row in prod.rows("chart", "id", "slice_name"):
            if row["slice_name"] == "Girls":
                prod.update("chart", row["id"], {"slice_name": "Girls, by hand"})

    trial.target.others_edit(bring)
    trial.undo()
    trial.end(undone=False)


# --- A2: asked to wait

WAITS: dict[str, tuple[int, dict[str, str]]] = {
    "429 twice": (2, {"Retry_After": "1"}),
    "429 once, without a time": (1, {}),
    "429 four times": (4, {"Retry_After": "1"}),
}


@attack("writes", "A2", each=WAITS, ci=("429 twice",))
def asked_to_wait(trial: Trial, how: tuple[int, dict[str, str]]) -> None:
    """An import is refused with 429, then accepted"""
    times, headers = how
    trial.to_prod.rule("POST", IMPORT, actions.refuse(429, **headers), times=times)
    result = trial.apply()
    trial.expect(result.succeeded, f"gave up on 429, which says that nothing was done: {result.last[:200]}")
    trial.end()


@attack("writes", "A2")
def asked_to_wait_half_way(trial: Trial) -> None:
    """The second import is refused with 429, then accepted"""
    trial.to_prod.rule("POST", IMPORT, actions.refuse(429, Retry_After="1"), times=2, skip=1)
    result = trial.apply()
    trial.expect(result.succeeded, f"gave up on 429, which says that nothing was done: {result.last[:200]}")
    trial.end()


@attack("writes", "A2", each={"a second": "1", "a day": "86400", "nonsense": "soon", "a time gone by": "-5"})
def asked_to_wait_for_ever(trial: Trial, wait: str) -> None:
    """Every import is refused with 429: it gives up in bounded time, nothing written"""
    trial.to_prod.rule("POST", IMPORT, actions.refuse(429, Retry_After=wait), times=FOREVER)
    result = trial.apply(timeout=400)
    trial.expect(result.refused, f"endless 429 ended with {result.code}")
    trial.end()


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


@attack("writes", "A9", ci=True)
def stale(trial: Trial) -> None:
    """The target is edited after the plan: refused, nothing written, no useless advice"""
    trial.target.others_edit(people.renaming("chart", "Boys", "Boys, by hand"))
    result = trial.apply()
    trial.expect(result.refused, f"a stale plan ended with {result.code}", Kind.FALSE)
    trial.expect("Boys" in result.text, f"the refusal does not name what changed: {result.last[:200]}")
    for advice in ("Retry", "see what was written"):
        trial.expect(advice not in result.text, f"gives the useless advice “{advice}”", Kind.FALSE)
    trial.expect(not trial.to_prod.writes, f"a stale plan was sent: {trial.to_prod.writes[:2]}", Kind.FALSE)
    trial.end()


# --- A1: drafts of other owners


@attack("writes", "A1", state="planned")
def draft_of_another_owner(trial: Trial) -> None:
    """An account that sees no drafts plans over the draft of another owner with the same UUIDs: it stays"""
    people.new_user(trial.prod, "alfa", "Alpha")
    trial.run("environment", "credentials", "prod", "--username", "alfa", "--password-stdin", stdin="alfa-password-1")

    def bring(prod: Superset) -> None:
        trial.put_target("applied")
        people.new_user(prod, "alfa", "Alpha")
        for row in prod.rows("dashboard", "id"):
            prod.update("dashboard", row["id"], {"published": False})

    trial.target.others_edit(bring)
    trial.plan(BIRTHS)
    trial.apply()
    trial.undo()
    trial.end(undone=False)
