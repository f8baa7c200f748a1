"""Attacks on every request of a migration that carries all it can: afterwards the run says what was written, going on
leads to the planned state, going back to the former one, and nobody has seen a restricted dashboard in between.

On 6.1, the requests of the stage that sets what hangs beside the documents. On 4.1, each import of the step-by-step
route and what it unlinks, too.
"""

from __future__ import annotations

import http.client
import itertools
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from rig.check.rest import RestError, Superset
from rig.errors import RigError
from rig.hostile.attack import attack
from rig.hostile.faults.disks import disk
from rig.hostile.faults.signals import kill_worker, wait_for_gate
from rig.hostile.furnishing import BIRTHS, OUTSIDER, SALES
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Exchange, Response
from rig.hostile.gateway.rules import FOREVER
from rig.hostile.judge.claims import Claim, claims
from rig.hostile.judge.held import held
from rig.hostile.judge.result import CommandResult
from rig.hostile.judge.server_state import read_state
from rig.hostile.judge.verdict import Finding, Kind
from rig.hostile.trial import Trial
from rig.progress import Progress
from rig.servers import install
from rig.servers.instances import Instance


@dataclass(frozen=True)
class Request:
    """One request of the run: method, a part of its path, and how many of the kind come before it."""

    method: str
    path: str
    skip: int = 0


ATTACH = {
    "a new tag": Request("POST", "/api/v1/tag/"),
    "a changed rule": Request("PUT", "/rowlevelsecurity/"),
    "a new rule": Request("POST", "/rowlevelsecurity/"),
    "owners": Request("PUT", "/api/v1/dataset/"),
    "roles and publication": Request("PUT", "/api/v1/dashboard/"),
    "roles and publication of the second": Request("PUT", "/api/v1/dashboard/", 1),
    "embedding": Request("POST", "/embedded"),
}
STEPS = {
    "datasets": Request("POST", "/dataset/import/"),
    "charts": Request("POST", "/chart/import/"),
    "unlinking a chart": Request("PUT", "/api/v1/chart/"),
    "dashboards": Request("POST", "/dashboard/import/"),
    "a rule": Request("PUT", "/rowlevelsecurity/"),
    "roles and publication": Request("PUT", "/api/v1/dashboard/"),
}

WITHIN = 60.0
"""Seconds for the run to get as far as the request."""

Fault = Callable[[Trial, Request], CommandResult]
"""Runs the apply with this fault at this request, and waits until nothing is under way any more."""


# --- faults


def _killed(hold: Callable[[Any], Any]) -> Fault:
    def fault(trial: Trial, request: Request) -> CommandResult:
        gate = trial.to_prod.gate()
        trial.to_prod.rule(request.method, request.path, hold(gate), skip=request.skip)
        command = trial.begin(*trial.apply_command)
        wait_for_gate(gate)
        command.signal(signal.SIGKILL)
        return command.result()

    return fault


def _worker_killed(trial: Trial, request: Request) -> CommandResult:
    worker = trial.worker()
    gate = trial.to_prod.gate()
    trial.to_prod.rule(request.method, request.path, actions.commit_then_hold(gate), skip=request.skip)
    command = trial.begin(*trial.apply_command, "--queue")
    wait_for_gate(gate)
    kill_worker(worker)
    return command.result()


def _answered(act: Callable[[Exchange], None], times: int = 1) -> Fault:
    def fault(trial: Trial, request: Request) -> CommandResult:
        trial.to_prod.rule(request.method, request.path, act, skip=request.skip, times=times)
        return trial.begin(*trial.apply_command).result()

    return fault


def _signed_out(trial: Trial, request: Request) -> CommandResult:
    """From this request on, no token is accepted and nobody may sign in."""
    refused = actions.refuse(401, {"msg": "Token has expired"})

    def act(exchange: Exchange) -> None:
        for method in ("GET", "POST", "PUT", "DELETE"):
            trial.to_prod.rule(method, "/api/v1/", refused, times=FOREVER)
        refused(exchange)

    trial.to_prod.rule(request.method, request.path, act, skip=request.skip)
    return trial.begin(*trial.apply_command).result()


def _target_killed(*, after: bool) -> Fault:
    """The server is killed before it gets the request, or after it has carried it out; it is back when the run has
    ended, or while the run still waits."""

    def fault(trial: Trial, request: Request) -> CommandResult:
        gone = threading.Event()

        def act(exchange: Exchange) -> None:
            if after:
                exchange.forward()
            kill(trial.server)
            gone.set()
            exchange.drop()

        trial.to_prod.rule(request.method, request.path, act, skip=request.skip)
        command = trial.begin(*trial.apply_command)
        if after and gone.wait(WITHIN):
            start(trial.server)
        result = command.result()
        if not after:
            start(trial.server)
        return result

    return fault


def kill(server: Instance | None) -> None:
    """Kill all its processes at once; `arena` starts it again for the next attack."""
    assert server
    process = server.process()
    assert process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    server.stop()


def start(server: Instance | None) -> None:
    """Its port is free a moment after the last of its processes has gone, unless a connection of another program has
    that number for the moment."""
    assert server
    end = time.monotonic() + WITHIN
    interpreter = install.superset(server.release, Progress())
    while True:
        try:
            server.start(interpreter)
            break
        except RigError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    server.wait_ready()


def _disk_full(trial: Trial, request: Request) -> CommandResult:
    with disk(trial) as small:
        gate = trial.to_prod.gate()
        trial.to_prod.rule(request.method, request.path, actions.commit_then_hold(gate), skip=request.skip)
        command = trial.begin(*trial.apply_command)
        wait_for_gate(gate)
        small.fill()
        gate.open()
        result = command.result()
        small.empty()
        kept = trial.lockstep.data.with_name(f"{trial.lockstep.data.name}-now")
        shutil.copytree(trial.lockstep.data, kept)
    shutil.rmtree(trial.lockstep.data)
    kept.rename(trial.lockstep.data)
    return result


FAULTS: dict[str, Fault] = {
    "killed before it": _killed(actions.hold_then_commit),
    "killed after it": _killed(actions.commit_then_hold),
    "the worker killed after it": _worker_killed,
    "the target killed before it": _target_killed(after=False),
    "the target killed after it, and started again": _target_killed(after=True),
    "no answer, not carried out": _answered(actions.drop),
    "no answer, carried out": _answered(actions.commit_then_drop),
    "401 once": _answered(actions.refuse(401, {"msg": "Token has expired"})),
    "401 after it was carried out": _answered(
        actions.commit_then_respond(Response.of_json(401, {"msg": "Token has expired"})), FOREVER
    ),
    "401 from then on": _signed_out,
    "the disk full after it": _disk_full,
}
VARIANTS = {f"{name}: {how}": (request, fault) for name, request in ATTACH.items() for how, fault in FAULTS.items()}
STEPWISE = {f"{name}: {how}": (request, fault) for name, request in STEPS.items() for how, fault in FAULTS.items()}

FIXED = ("roles and publication: no answer, carried out", "owners: killed before it")
FIXED_STEPWISE = ("unlinking a chart: killed after it",)


@attack("interruptions", "A9", state="carried", servers="tags", each=VARIANTS, ci=FIXED)
def attaching(trial: Trial, how: tuple[Request, Fault]) -> None:
    """What hangs beside the documents, interrupted"""
    Interruption(trial).attack(*how)


@attack("interruptions", "A9", state="carried", servers="4.1", each=STEPWISE, ci=FIXED_STEPWISE)
def step_by_step(trial: Trial, how: tuple[Request, Fault]) -> None:
    """Step by step, interrupted"""
    Interruption(trial).attack(*how)


# --- what must hold


class Interruption:
    """One interrupted apply, and both ways on from there."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.former = held(trial.prod)

    def attack(self, request: Request, fault: Fault) -> None:
        with self.watched():
            result = fault(self.trial, request)
            self.settled()
            self.judge(result)
            if self.is_planned() and self.trial.status == "succeeded":
                self.back()
                return
            with self.kept():
                self.on()
                self.back()
            self.back()

    def settled(self) -> None:
        self.trial.to_prod.lift()
        self.trial.to_prod.settle()

    def on(self) -> None:
        """Apply again; what is open is waited for until it counts as absent."""
        self.trial.lockstep.environment["LOCKSTEP_LATE_WRITES"] = "1"
        self.judge(self.trial.begin(*self.trial.apply_command).result())
        if not self.is_planned() or self.trial.status != "succeeded":
            self.found(Kind.BETWEEN, f"going on ended as {self.trial.status}, not as planned: {self.unplanned()}")

    def back(self) -> None:
        result = self.trial.begin(*self.trial.undo_command).result()
        self.judge(result)
        if not self.is_former():
            self.found(Kind.BETWEEN, f"going back left {self.unlike_before()}: {result.last[:300]}")

    # --- claims

    def judge(self, result: CommandResult) -> None:
        trial = self.trial
        if result.code != -signal.SIGKILL:
            trial.record_result(result)
        said = claims(result)
        if Claim.APPLIED in said and not self.is_planned():
            self.found(Kind.FALSE, f"claimed “applied”, but {self.unplanned()}")
        if Claim.ROLLED_BACK in said and not self.is_former():
            self.found(Kind.FALSE, f"claimed “rolled back”, but {self.unlike_before()}")
        if result.arguments[:2] == ("migration", "apply"):
            if Claim.NOTHING_WRITTEN in said and not self.is_former():
                self.found(Kind.FALSE, f"claimed “nothing was written”, but {self.unlike_before()}")
            self.judge_runs()

    def judge_runs(self) -> None:
        """All that changed is among what the runs say that they wrote, or may have written; both ways are offered; a
        dashboard that waits for its publication is named."""
        shown = self.trial.shown()
        status = shown["migration"]["status"]
        told = {key for run in shown["runs"] for key in (*run["written"], *run["open"])}
        changed = {f"{kind}/{uuid}" for (kind, uuid) in self.changed() if uuid}
        if status != "succeeded" and (missing := sorted(changed - told)):
            self.found(Kind.FALSE, f"the runs do not say that they wrote {missing[:3]}")
        if status == "interrupted" and not self.is_former():
            for verb in ("apply", "rollback"):
                offered = self.trial.lockstep.run("migration", verb, str(self.trial.migration))
                if offered.returncode not in (0, 2):
                    self.found(Kind.BETWEEN, f"{verb} is not offered: {offered.stderr[-300:]}")
        if status in ("interrupted", "failed") and (drafts := self.left_as_drafts()):
            text = self.trial.lockstep.run("migration", "show", str(self.trial.migration)).stdout
            if unnamed := [name for name in drafts if not _names_draft(text, name)]:
                self.found(Kind.FALSE, f"{unnamed} left unpublished, and “migration show” does not say so")

    def left_as_drafts(self) -> list[str]:
        now = held(self.trial.prod)
        names = {f"dashboard {SALES}": "Sales", f"dashboard {BIRTHS}": "Births"}
        return [name for key, name in names.items() if key in now and not now[key]["published"]]

    # --- states

    def is_former(self) -> bool:
        return not self.unlike_before()

    def unlike_before(self) -> str:
        """What differs from before, in words."""
        now, changed = held(self.trial.prod), self.changed()
        beside = [_how(name, self.former.get(name), now.get(name)) for name in {*self.former, *now}
                  if self.former.get(name) != now.get(name)]  # fmt: skip
        return "; ".join([*list(changed.values())[:3], *beside[:3]])[:600]

    def is_planned(self) -> bool:
        return not self.unplanned()

    def unplanned(self) -> str:
        now, planned = _anonymous(held(self.trial.prod)), _anonymous(self.trial.planned)
        beside = [_how(name, planned.get(name), now.get(name)) for name in {*planned, *now}
                  if planned.get(name) != now.get(name)]  # fmt: skip
        return "; ".join([*self.trial.target_state().from_plan[:3], *beside[:3]])[:600]

    def changed(self) -> dict[Any, str]:
        return self.trial.target.before.changed(read_state(self.trial.prod))

    def found(self, kind: Kind, sentence: str) -> None:
        self.trial.found(Finding(kind, sentence))

    # --- both ways

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Afterwards, Lockstep and the target are again as now."""
        trial = self.trial
        assert trial.server
        data, environment = trial.lockstep.data, dict(trial.lockstep.environment)
        files, metadata = data.with_name(f"{data.name}-then"), data.with_name(f"{data.name}-then.db")
        shutil.copytree(data, files)
        trial.server.save(metadata)
        yield
        shutil.rmtree(data)
        files.rename(data)
        trial.server.restore(metadata)
        metadata.unlink()
        trial.lockstep.environment.clear()
        trial.lockstep.environment.update(environment)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """After each write, whoever may read all data and has none of the roles looks at what they see."""
        trial, lock = self.trial, threading.Lock()
        outsider = Superset(trial.prod.url, username=OUTSIDER)
        restricted = {SALES, BIRTHS}

        def look() -> None:
            with lock, suppress(RestError, OSError, http.client.HTTPException):
                seen = restricted & {str(row["uuid"]) for row in outsider.rows("dashboard", "uuid")}
                if seen:
                    self.found(Kind.LOST, f"a restricted dashboard is visible to others: {sorted(seen)}")

        trial.to_prod.after_write = look
        look()
        yield
        look()
        trial.to_prod.after_write = lambda: None


def _names_draft(text: str, name: str) -> bool:
    """As a line below the heading that says so."""
    _, heading, below = text.partition("\nUnpublished")
    lines = itertools.takewhile(lambda line: line.startswith(" "), below.splitlines()[1:])
    return bool(heading) and any(name in line for line in lines)


def _how(name: str, was: Any, now: Any) -> str:
    if isinstance(was, dict) and isinstance(now, dict):
        parts = [f"{part} {was.get(part)} → {now.get(part)}" for part in was if was.get(part) != now.get(part)]
        return f"{name}: {', '.join(parts)}"
    return f"{name}: {was} → {now}"


def _anonymous(state: Any) -> dict[str, Any]:
    """A new configuration of embedding has a UUID of its own each time."""
    return {
        name: {**each, "embedding": each["embedding"][1]} if isinstance(each, dict) and each.get("embedding") else each
        for name, each in state.items()
    }
