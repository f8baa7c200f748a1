"""Attacks with accounts: one administrator alone, a schedule of a user who left."""

from __future__ import annotations

from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import PASSWORD, Trial, wait_until
from rig.hostile.web import deactivate


@attack("permissions", "D12", state="registered")
def unprotect_and_apply(trial: Trial) -> None:
    """One administrator unprotects the target and applies their own plan: never alone"""
    trial.lockstep.check_output("create_admin", "eve", "--password-stdin", stdin=PASSWORD)
    trial.lockstep.check_output("environment", "edit", "prod", "--protected", "--as", "ada")
    trial.plan(BIRTHS, who="eve")
    result = trial.run("environment", "edit", "prod", "--no-protected", "--as", "eve")
    applied = trial.apply("--as", "eve")
    if result.succeeded and applied.succeeded:
        entries = trial.run("audit", "list", "--format", "json").text
        trial.expect(
            "unprotect" in entries or "protection" in entries,
            "the audit shows only an ordinary edit",
            Kind.FALSE,
        )
        trial.false("one of two administrators lowered the protection alone")
    trial.end()


@attack("permissions", "D9", state="registered")
def schedule_of_one_who_left(trial: Trial) -> None:
    """A schedule of a deactivated user does not run any more"""
    trial.lockstep.check_output("user", "add", "paul", "--password-stdin", stdin=PASSWORD)
    trial.lockstep.check_output("user", "grant", "paul", "operator")
    trial.run("schedule", "add", "minutely", "catalogue.sync", "* * * * *", "--environment", "dev", "--as", "paul")
    deactivate(trial, "paul")
    result = trial.run("schedule", "run", "minutely", "--as", "ada")
    trial.worker()
    wait_until(lambda: bool(trial.lockstep.json("task", "list")), 20)
    tasks = trial.lockstep.json("task", "list")
    ran = [task for task in tasks if task["state"] == "succeeded" and task.get("actor") == "paul"]
    trial.expect(not ran, f"ran on behalf of a deactivated account ({result.code})", Kind.FALSE)
