"""Attacks by name: what a title can do to a terminal, a document that people approve, a database."""

from __future__ import annotations

import json

from rig.check.rest import RestError
from rig.hostile import gateway, people
from rig.hostile.arena import SALES
from rig.hostile.attack import attack
from rig.hostile.faults.signals import await_at, latest_task
from rig.hostile.forgeries.texts import NAMES, UNSTORABLE, raw_text
from rig.hostile.gateway import Answer, Exchange
from rig.hostile.trial import PASSWORD, Trial, await_that
from rig.hostile.verdict import Kind, Said

PLAN = ("migration", "plan", "dev", "prod", "--dashboard", SALES, "--map-database", "examples=warehouse")
FIXED = ("a line break", "an escape sequence", "right to left")


def _clean(trial: Trial, said: Said, where: str) -> None:
    for sentence in raw_text(said.text):
        trial.false(f"{where} {sentence}")


def _read_everywhere(trial: Trial) -> None:
    """Whatever prints what came from the source."""
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
    """A dashboard is called"""
    trial.lockstep.environment |= {"LOCKSTEP_LOG_FILE": str(trial.lockstep.data / "log.txt")}
    try:
        people.setting("dashboard", "Sales Dashboard", dashboard_title=name)(trial.dev)
    except RestError as error:
        trial.story.append(f"Superset does not take the name: {error}")
        _forge_titles(trial, name)
    _read_everywhere(trial)


@attack(
    "text",
    "C1",
    state="registered",
    each={key: NAMES[key] for key in (*FIXED, "Markdown", "a hundred thousand letters")},
)
def name_of_a_chart(trial: Trial, name: str) -> None:
    """A chart is called"""
    try:
        people.setting("chart", "Total Revenue", slice_name=name)(trial.dev)
    except RestError as error:
        trial.story.append(f"Superset does not take the name: {error}")
    _read_everywhere(trial)


@attack("text", "C1", state="registered", each={key: NAMES[key] for key in FIXED})
def words_of_a_server(trial: Trial, words: str) -> None:
    """A server refuses with the words"""
    refusal = Answer.of_json(422, {"message": words})
    trial.to_dev.rule("GET", "/api/v1/dashboard/?", gateway.say(refusal), times=gateway.FOREVER)
    _clean(trial, trial.run(*PLAN), "the plan")
    _clean(trial, trial.run("catalogue", "sync", "dev"), "the sync")


@attack("text", "C3", state="registered", each=UNSTORABLE, ci=("a NUL", "a lone surrogate"))
def what_no_database_takes(trial: Trial, name: str) -> None:
    """One dashboard has in its title: the sync and plans of the others go on"""
    _forge_titles(trial, name)
    said = trial.run("catalogue", "sync", "dev")
    trial.expect(said.succeeded, f"one title stops the sync of the whole environment: {said.last[:200]}")
    _clean(trial, said, "the sync")
    said = trial.run(*PLAN)
    trial.expect(said.code == 2, f"one title stops the plan of another dashboard: {said.last[:200]}")
    _clean(trial, said, "the plan")
    _clean(trial, trial.run("catalogue", "show", "dev"), "the catalogue")


def _forge_titles(trial: Trial, name: str) -> None:
    """In the lists of the source the first dashboard is called so."""

    def spoil(exchange: Exchange) -> None:
        reply = exchange.forward()
        page = json.loads(reply.body)
        if page.get("result"):
            page["result"][0]["dashboard_title"] = name
        exchange.answer(Answer(reply.status, json.dumps(page).encode(), reply.headers))

    trial.to_dev.rule("GET", "/api/v1/dashboard/?", spoil, times=gateway.FOREVER)


@attack("text", "D8", state="mixed", ci=True)
def a_password_that_is_a_word(trial: Trial) -> None:
    """Superset's password is a person's name: what he did is told with his name, and the password nowhere"""
    trial.lockstep.need("create_admin", "admin", "--password-stdin", stdin=PASSWORD)
    trial.worker()
    gate = trial.to_prod.gate()
    trial.to_prod.rule("GET", "/export/", gateway.commit_then_hold(gate))
    trial.begin(*trial.applying, "--queue", "--as", "ada")
    await_at(gate)
    task = latest_task(trial)
    trial.run("task", "cancel", str(task), "--as", "admin")
    gate.open()
    ends = ("cancelled", "succeeded", "failed", "lost", "errored")
    await_that(lambda: trial.lockstep.json("task", "show", str(task))["state"] in ends, 60)
    said = trial.run("task", "show", str(task))
    lines = trial.run("task", "lines", str(task))
    trial.expect("****" not in said.text + lines.text, "a name is masked, since it equals a password", Kind.FALSE)
    trial.end()
