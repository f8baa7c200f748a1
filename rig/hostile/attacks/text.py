"""Attacks by names: what a title can do to a terminal, an approved document, a database."""

from __future__ import annotations

import json

from rig.check.rest import RestError
from rig.hostile import people
from rig.hostile.arena import SALES
from rig.hostile.attack import attack
from rig.hostile.faults.signals import latest_task, wait_for_gate
from rig.hostile.forgeries.texts import NAMES, UNSTORABLE, raw_text
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Exchange, Response
from rig.hostile.gateway.rules import FOREVER
from rig.hostile.judge.result import CommandResult
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import PASSWORD, Trial, wait_until

PLAN = ("migration", "plan", "dev", "prod", "--dashboard", SALES, "--map-database", "examples=warehouse")
FIXED = ("a line break", "an escape sequence", "right to left")


def _clean(trial: Trial, result: CommandResult, where: str) -> None:
    for sentence in raw_text(result.text):
        trial.false(f"{where} {sentence}")


def _read_everywhere(trial: Trial) -> None:
    """Run every command that prints text of the source."""
    planned = trial.run(*PLAN)
    _clean(trial, planned, "the plan")
    _clean(trial, trial.run(*PLAN, "--format", "markdown"), "the plan as Markdown")
    if planned.code == 2:
        trial.migration = max(int(row["id"]) for row in trial.lockstep.json("migration", "list"))
        _clean(trial, trial.run("migration", "list"), "the list of migrations")
        _clean(trial, trial.run("migration", "show", str(trial.migration)), "the migration")
    _clean(trial, trial.run("catalogue", "sync", "dev"), "the sync")
    _clean(trial, trial.run("catalogue", "show", "dev"), "the catalogue")
    if task := max((int(row["id"]) for row in trial.lockstep.json("task", "list")), default=0):
        _clean(trial, trial.run("task", "list"), "the list of tasks")
        _clean(trial, trial.run("task", "show", str(task)), "the task")
        _clean(trial, trial.run("task", "lines", str(task)), "the lines of a task")
    _clean(trial, trial.run("audit", "list"), "the audit")
    log = trial.lockstep.data / "log.txt"
    if log.exists():
        for sentence in raw_text(log.read_text(errors="surrogateescape").replace("\r\n", "\n")):
            trial.false(f"the log {sentence}")


@attack("text", "C1", state="registered", each=NAMES, ci=FIXED)
def name_of_a_dashboard(trial: Trial, name: str) -> None:
    """Name of a dashboard"""
    trial.lockstep.environment |= {"LOCKSTEP_LOG_FILE": str(trial.lockstep.data / "log.txt")}
    try:
        people.setting("dashboard", "Sales Dashboard", dashboard_title=name)(trial.dev)
    except RestError as error:
        trial.transcript.append(f"Superset rejects the name: {error}")
        _forge_titles(trial, name)
    _read_everywhere(trial)


@attack(
    "text",
    "C1",
    state="registered",
    each={key: NAMES[key] for key in (*FIXED, "Markdown", "a hundred thousand letters")},
)
def name_of_a_chart(trial: Trial, name: str) -> None:
    """Name of a chart"""
    try:
        people.setting("chart", "Total Revenue", slice_name=name)(trial.dev)
    except RestError as error:
        trial.transcript.append(f"Superset rejects the name: {error}")
    _read_everywhere(trial)


@attack("text", "C1", state="registered", each={key: NAMES[key] for key in FIXED})
def words_of_a_server(trial: Trial, message: str) -> None:
    """Error message of a server"""
    refusal = Response.of_json(422, {"message": message})
    trial.to_dev.rule("GET", "/api/v1/dashboard/?", actions.respond_with(refusal), times=FOREVER)
    _clean(trial, trial.run(*PLAN), "the plan")
    _clean(trial, trial.run("catalogue", "sync", "dev"), "the sync")


@attack("text", "C3", state="registered", each=UNSTORABLE, ci=("a NUL", "a lone surrogate"))
def what_no_database_takes(trial: Trial, name: str) -> None:
    """A title contains text that no database accepts; the sync and other plans go on"""
    _forge_titles(trial, name)
    result = trial.run("catalogue", "sync", "dev")
    trial.expect(result.succeeded, f"one title stops the sync of the environment: {result.last[:200]}")
    _clean(trial, result, "the sync")
    result = trial.run(*PLAN)
    trial.expect(result.code == 2, f"one title stops the plan of another dashboard: {result.last[:200]}")
    _clean(trial, result, "the plan")
    _clean(trial, trial.run("catalogue", "show", "dev"), "the catalogue")


def _forge_titles(trial: Trial, name: str) -> None:
    """Rename the first dashboard in the lists of the source."""

    def spoil(exchange: Exchange) -> None:
        reply = exchange.forward()
        page = json.loads(reply.body)
        if page.get("result"):
            page["result"][0]["dashboard_title"] = name
        exchange.respond(Response(reply.status, json.dumps(page).encode(), reply.headers))

    trial.to_dev.rule("GET", "/api/v1/dashboard/?", spoil, times=FOREVER)


@attack("text", "D8", state="mixed", ci=True)
def a_password_that_is_a_word(trial: Trial) -> None:
    """The password of a Superset equals a user name: the user is still named, the password nowhere shown"""
    trial.lockstep.check_output("create_admin", "admin", "--password-stdin", stdin=PASSWORD)
    trial.worker()
    gate = trial.to_prod.gate()
    trial.to_prod.rule("GET", "/export/", actions.commit_then_hold(gate))
    trial.begin(*trial.apply_command, "--queue", "--as", "ada")
    wait_for_gate(gate)
    task = latest_task(trial)
    trial.run("task", "cancel", str(task), "--as", "admin")
    gate.open()
    ends = ("cancelled", "succeeded", "failed", "lost", "errored")
    wait_until(lambda: trial.lockstep.json("task", "show", str(task))["state"] in ends, 60)
    result = trial.run("task", "show", str(task))
    lines = trial.run("task", "lines", str(task))
    trial.expect(
        "****" not in result.text + lines.text, "a user name is masked because it equals a password", Kind.FALSE
    )
    trial.end()
