"""Attacks with permissions that ended: approvals, roles, overrides."""

from __future__ import annotations

import json
from collections.abc import Callable

from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.faults.signals import wait_for_gate
from rig.hostile.gateway import actions
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import PASSWORD, Trial
from rig.hostile.web import approved, deactivate, serving

Change = Callable[[Trial], object]

ENDED: dict[str, Change] = {
    "the approver was deactivated": lambda trial: deactivate(trial, "vera"),
    "the approver lost the role": lambda trial: trial.lockstep.check_output(
        "user", "revoke", "vera", "approver", "--yes", "--as", "ada"
    ),
    "two approvals are required": lambda trial: trial.lockstep.check_output(
        "environment", "edit", "prod", "--approvals", "2", "--as", "ada"
    ),
}


@attack("permissions", "D9", state="registered", each=ENDED, ci=("the approver lost the role",))
def approval_that_ended(trial: Trial, end: Change) -> None:
    """Approved, then"""
    approved(trial, BIRTHS)
    end(trial)
    _must_not_apply(trial, "paul")


@attack(
    "permissions",
    "D9",
    state="registered",
    each={
        "lost the role": lambda trial: trial.lockstep.check_output(
            "user", "revoke", "paul", "operator", "--yes", "--as", "ada"
        ),
        "was deactivated": lambda trial: deactivate(trial, "paul"),
    },
)
def actor_that_ended(trial: Trial, end: Change) -> None:
    """The user who applies"""
    approved(trial, BIRTHS)
    end(trial)
    _must_not_apply(trial, "paul")


def _must_not_apply(trial: Trial, who: str) -> None:
    result = trial.apply("--as", who)
    trial.expect(not result.succeeded, f"was applied anyway: {result.out.strip()[-200:]}", Kind.FALSE)
    trial.expect(not trial.to_prod.writes, "wrote before the check", Kind.FALSE)
    trial.end()


@attack("permissions", "D9", state="registered", each=ENDED)
def approval_that_ends_meanwhile(trial: Trial, end: Change) -> None:
    """While the apply reads the target,"""
    approved(trial, BIRTHS)
    gate = trial.to_prod.gate()
    trial.to_prod.rule("GET", "csrf_token", actions.commit_then_hold(gate))
    command = trial.begin(*trial.apply_command, "--as", "paul")
    wait_for_gate(gate)
    end(trial)
    gate.open()
    result = trial.judge(command.result())
    trial.expect(not result.succeeded, "was applied anyway", Kind.FALSE)
    trial.end()


@attack("permissions", "D5", state="registered", ci=True)
def unapproved_by_another_way(trial: Trial) -> None:
    """An unapproved apply to a protected target by API or plugin is refused at the start"""
    trial.lockstep.check_output("environment", "edit", "prod", "--protected")
    trial.plan(BIRTHS)
    checksum = trial.shown()["plan"]["checksum"]
    with serving(trial) as web:
        headers = web.token()
        ways = {
            f"migrations/{trial.migration}/apply": {"checksum": checksum},
            "plugins/migrations/actions/apply/run": {"params": {"migration": trial.migration, "checksum": checksum}},
        }
        for path, sent in ways.items():
            response = web.ask("POST", f"/api/v1/{path}", json.dumps(sent).encode(), headers)
            trial.expect(
                400 <= response.status < 500,
                f"{path} returned {response.status}: {response.text[:150]}",
                Kind.FALSE,
            )
        trial.expect(trial.status == "planned", f"the status changed to “{trial.status}”")
    trial.refused = True
    trial.end()


@attack("permissions", "D9", state="registered")
def schedule_with_an_override(trial: Trial) -> None:
    """A paused schedule overrides a freeze: an operator without that permission cannot resume it"""
    trial.plan(BIRTHS)
    trial.lockstep.check_output("user", "add", "paul", "--password-stdin", stdin=PASSWORD)
    trial.lockstep.check_output("user", "grant", "paul", "operator")
    checksum = trial.shown()["plan"]["checksum"]
    params = [f"migration={trial.migration}", f"checksum={checksum}", "override=the board asked"]
    arguments = [word for each in params for word in ("--param", each)]
    added = trial.run(
        "schedule", "add", "nightly", "migrations.apply", "* * * * *", "--environment", "prod", *arguments
    )
    if not added.succeeded:
        trial.transcript.append("schedules with an override cannot be added")
        return
    trial.run("schedule", "pause", "nightly")
    result = trial.run("schedule", "resume", "nightly", "--as", "paul")
    trial.expect(
        not result.succeeded, "an operator resumed a schedule without the permission for its action", Kind.FALSE
    )
    trial.end()
