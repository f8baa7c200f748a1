"""An answer that never comes: the target takes a request of the stage that sets what hangs beside the documents, and
says nothing more. The run ends by itself, says what it wrote, and both ways lead on from there. And a source that is
gone while a run writes, which no longer needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rig.hostile.attack import attack
from rig.hostile.attacks.interruptions import ATTACH, STEPS, Fault, Interruption, Request, kill, start
from rig.hostile.commands import TIMEOUT
from rig.hostile.furnishing import BIRTHS
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Exchange
from rig.hostile.gateway.rules import FOREVER, Gate
from rig.hostile.judge.result import CommandResult
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import Trial

PATIENCE = "2"
"""Seconds without an answer after which Lockstep gives up a request, ten times as many for an import."""

METHODS = ("GET", "POST", "PUT", "DELETE")

LIBRARY = {
    "an annotation layer": Request("POST", "/api/v1/annotation_layer/"),
    "an annotation": Request("POST", "/annotation/", 1),
    "the layers of a chart": Request("PUT", "/api/v1/chart/"),
    "a theme": Request("POST", "/api/v1/theme/"),
    "a CSS template": Request("POST", "/api/v1/css_template/"),
    "a saved query": Request("POST", "/api/v1/saved_query/"),
    "a report": Request("POST", "/api/v1/report/"),
}


def _silent(hold: Callable[[Gate], Callable[[Exchange], None]]) -> Fault:
    """At this one request; others are answered."""

    def fault(trial: Trial, request: Request) -> CommandResult:
        gate = trial.to_prod.gate()
        trial.to_prod.rule(request.method, request.path, hold(gate), skip=request.skip)
        return _ended(trial, gate)

    return fault


def _silent_from_then_on(trial: Trial, request: Request) -> CommandResult:
    """Neither this request nor any other is answered, nor carried out."""
    gate = trial.to_prod.gate()
    silent = actions.silence(gate)

    def act(exchange: Exchange) -> None:
        for method in METHODS:
            trial.to_prod.rule(method, "/", silent, times=FOREVER)
        silent(exchange)

    trial.to_prod.rule(request.method, request.path, act, skip=request.skip)
    return _ended(trial, gate)


def _ended(trial: Trial, gate: Gate) -> CommandResult:
    trial.lockstep.environment["LOCKSTEP_RESPONSE_TIMEOUT"] = PATIENCE
    result = trial.begin(*trial.apply_command).result()
    trial.expect(gate.reached, "the run sent no such request: the attack has missed it")
    trial.expect(result.code is not None, f"the run did not end by itself within {TIMEOUT:.0f} s")
    return result


FAULTS: dict[str, Fault] = {
    "never answered, not carried out": _silent(actions.silence),
    "never answered, carried out": _silent(actions.commit_then_hold),
    "nothing is answered from then on": _silent_from_then_on,
}


def _each(requests: dict[str, Request]) -> dict[str, tuple[Request, Fault]]:
    return {f"{name}: {how}": (request, fault) for name, request in requests.items() for how, fault in FAULTS.items()}


FIXED = ("owners: never answered, carried out",)


@attack("interruptions", "A10", state="carried", servers="tags", each=_each(ATTACH), ci=FIXED)
def attaching(trial: Trial, how: tuple[Request, Fault]) -> None:
    """What hangs beside the documents, never answered"""
    Interruption(trial).attack(*how)


@attack("interruptions", "A10", state="library", servers="tags", each=_each(LIBRARY))
def library(trial: Trial, how: tuple[Request, Fault]) -> None:
    """Layers, themes, templates, queries and reports, never answered"""
    Interruption(trial).attack(*how)


OLDER = {name: STEPS[name] for name in ("charts", "a rule", "roles and publication")}


@attack("interruptions", "A10", state="carried", servers="5.0", each=_each(OLDER))
def on_5_0(trial: Trial, how: tuple[Request, Fault]) -> None:
    """Step by step to 5.0, never answered"""
    Interruption(trial).attack(*how)


# --- the source


Way = Callable[[Trial], Callable[[Exchange], None]]
"""How the source goes, and what becomes of a request to it from then on."""


def _killed(trial: Trial) -> Callable[[Exchange], None]:
    kill(trial.source)
    return actions.drop


SOURCE: dict[str, Way] = {
    "its processes are killed": _killed,
    "refuses connections": lambda _: actions.drop,
    "never answers": lambda trial: actions.silence(trial.to_dev.gate()),
}


@attack("interruptions", "A11", state="carried", servers="tags", each=SOURCE)
def source_gone_while_applying(trial: Trial, way: Way) -> None:
    """The source is gone once the run writes, which does it no harm"""

    def gone(exchange: Exchange) -> None:
        _go(trial, way)
        exchange.respond(exchange.forward())

    def fault(trial: Trial, request: Request) -> CommandResult:
        trial.to_prod.rule(request.method, request.path, gone)
        trial.lockstep.environment["LOCKSTEP_RESPONSE_TIMEOUT"] = PATIENCE
        result = trial.begin(*trial.apply_command).result()
        trial.expect(result.succeeded, f"the run needs its source, although it has read it: {result.last[:300]}")
        _back(trial)
        return result

    Interruption(trial).attack(Request("POST", "/import/"), fault)


@attack("interruptions", "A11", state="registered", each=SOURCE)
def source_gone_while_planning(trial: Trial, way: Way) -> None:
    """The source is gone in the middle of what a plan reads, which ends clearly and leaves no plan"""

    def gone(exchange: Exchange) -> None:
        _go(trial, way)(exchange)

    trial.to_dev.rule("GET", "/export/", gone)
    trial.lockstep.environment["LOCKSTEP_RESPONSE_TIMEOUT"] = PATIENCE
    result: Any = trial.plan(BIRTHS)
    trial.expect(result.code == 1, f"planning ended with {result.code}, not as refused: {result.last[:300]}")
    trial.expect(not trial.lockstep.json("migration", "list"), "a plan of half a source was kept", Kind.FALSE)
    _back(trial)


def _back(trial: Trial) -> None:
    """For the judge, who reads both sides."""
    trial.to_dev.lift()
    trial.to_dev.settle()
    if trial.source and trial.source.process() is None:
        start(trial.source)


def _go(trial: Trial, way: Way) -> Callable[[Exchange], None]:
    act = way(trial)
    for method in METHODS:
        trial.to_dev.rule(method, "/", act, times=FOREVER)
    return act
