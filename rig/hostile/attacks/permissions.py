"""Attacks with rights that ended: approvals, roles, schedules, addresses and secrets that are not what they were."""

from __future__ import annotations

import json
from collections.abc import Callable

from rig.hostile import gateway
from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.audits import Database, database
from rig.hostile.faults.signals import await_at
from rig.hostile.trial import PASSWORD, Trial, await_that
from rig.hostile.verdict import Kind
from rig.hostile.web import approved, serving
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD

Blow = Callable[[Trial], object]


def _deactivate(name: str) -> Blow:
    def act(trial: Trial) -> None:
        with serving(trial) as web:
            person = web.person("ada")
            rows = person.get("users").document
            number = next(row["id"] for row in rows["results"] if row["username"] == name)
            answer = person.send("PATCH", f"users/{number}", {"is_active": False})
            if answer.status >= 300:
                raise RuntimeError(f"{name} could not be deactivated: {answer.status} {answer.text[:200]}")

    return act


ENDED: dict[str, Blow] = {
    "the approver was deactivated": _deactivate("vera"),
    "the approver lost the role": lambda trial: trial.lockstep.need(
        "user", "revoke", "vera", "approver", "--as", "ada"
    ),
    "two approvals are needed by now": lambda trial: trial.lockstep.need(
        "environment", "edit", "prod", "--approvals", "2", "--as", "ada"
    ),
}


@attack("permissions", "D9", state="registered", each=ENDED, ci=("the approver lost the role",))
def approval_that_ended(trial: Trial, end: Blow) -> None:
    """Approved, and then"""
    approved(trial, BIRTHS)
    end(trial)
    _must_not_apply(trial, "paul")


@attack(
    "permissions",
    "D9",
    state="registered",
    each={
        "lost the role": lambda trial: trial.lockstep.need("user", "revoke", "paul", "operator", "--as", "ada"),
        "was deactivated": _deactivate("paul"),
    },
)
def actor_that_ended(trial: Trial, end: Blow) -> None:
    """Who applies"""
    approved(trial, BIRTHS)
    end(trial)
    _must_not_apply(trial, "paul")


def _must_not_apply(trial: Trial, who: str) -> None:
    said = trial.apply("--as", who)
    trial.expect(not said.succeeded, f"it was applied all the same: {said.out.strip()[-200:]}", Kind.FALSE)
    trial.expect(not trial.to_prod.writes, "it wrote before it asked", Kind.FALSE)
    trial.end()


@attack("permissions", "D9", state="registered", each=ENDED)
def approval_that_ends_meanwhile(trial: Trial, end: Blow) -> None:
    """The apply reads, and meanwhile"""
    approved(trial, BIRTHS)
    gate = trial.to_prod.gate()
    trial.to_prod.rule("GET", "csrf_token", gateway.commit_then_hold(gate))
    command = trial.begin(*trial.applying, "--as", "paul")
    await_at(gate)
    end(trial)
    gate.open()
    said = trial.judge(command.said())
    trial.expect(not said.succeeded, "it was applied all the same", Kind.FALSE)
    trial.end()


@attack("permissions", "D5", state="registered", ci=True)
def unapproved_by_another_way(trial: Trial) -> None:
    """A protected target: an unapproved apply by API, by plugin and by schedule is refused at the start"""
    trial.lockstep.need("environment", "edit", "prod", "--protected")
    trial.plan(BIRTHS)
    checksum = trial.shown()["plan"]["checksum"]
    with serving(trial) as web:
        headers = web.token()
        ways = {
            f"migrations/{trial.migration}/apply": {"checksum": checksum},
            "plugins/migrations/actions/apply/run": {"params": {"migration": trial.migration, "checksum": checksum}},
        }
        for path, sent in ways.items():
            answer = web.ask("POST", f"/api/v1/{path}", json.dumps(sent).encode(), headers)
            trial.expect(
                400 <= answer.status < 500, f"{path} was answered {answer.status}: {answer.text[:150]}", Kind.FALSE
            )
        trial.expect(trial.status == "planned", f"the migration is “{trial.status}” meanwhile")
    trial.refused = True
    trial.end()


@attack("permissions", "D9", state="registered")
def schedule_with_an_override(trial: Trial) -> None:
    """An administrator's paused schedule overrides a freeze: an operator who may not override cannot resume it"""
    trial.plan(BIRTHS)
    trial.lockstep.need("user", "add", "paul", "--password-stdin", stdin=PASSWORD)
    trial.lockstep.need("user", "grant", "paul", "operator")
    checksum = trial.shown()["plan"]["checksum"]
    params = [f"migration={trial.migration}", f"checksum={checksum}", "override=the board asked"]
    words = [word for each in params for word in ("--param", each)]
    added = trial.run("schedule", "add", "nightly", "migrations.apply", "* * * * *", "--environment", "prod", *words)
    if not added.succeeded:
        trial.story.append("such a schedule cannot be added")
        return
    trial.run("schedule", "pause", "nightly")
    said = trial.run("schedule", "resume", "nightly", "--as", "paul")
    trial.expect(not said.succeeded, "an operator resumed what he may not do himself", Kind.FALSE)
    trial.end()


@attack("permissions", "D12", state="registered")
def address_changed_after_approval(trial: Trial) -> None:
    """Approved, and then the target's address leads to another server: refused before anything is sent there"""
    approved(trial, BIRTHS)
    elsewhere = f"http://localhost:{trial.to_prod.server.server_port}"
    edit = ("environment", "edit", "prod", "--url", elsewhere, "--as", "ada")
    said = trial.run(*edit)
    trial.expect(said.refused, "a stored sign-in goes along to another server", Kind.FALSE)
    trial.lockstep.need(*edit, "--username", ADMIN, "--password-stdin", stdin=ADMIN_PASSWORD)
    said = trial.apply("--as", "paul")
    trial.expect(not said.succeeded, "an approval for one address was used for another", Kind.FALSE)
    trial.end()


@attack("permissions", "D12", state="registered", ci=True)
def secret_moved(trial: Trial) -> None:
    """A stored secret is moved by SQL to another environment: it goes nowhere"""
    with database(trial) as db:
        _move_secret(db)
    seen_before = len(trial.to_dev.seen)
    said = trial.run("environment", "check", "dev")
    asked = [path for _, path in trial.to_dev.seen[seen_before:] if "login" in path]
    trial.expect(not said.succeeded, "another environment's secret was used", Kind.FALSE)
    trial.expect(not any("security" in path for path in asked), "another environment's secret was sent", Kind.FALSE)


def _move_secret(db: Database) -> None:
    table = "environments_environment"
    columns = _secret_columns(db, table)
    if not columns:
        table = next(
            row["name"]
            for row in db.rows(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                if not db.postgres
                else "SELECT tablename AS name FROM pg_tables"
            )
            if row["name"].startswith("environments_") and _secret_columns(db, row["name"])
        )
        columns = _secret_columns(db, table)
    rows = db.rows(f"SELECT * FROM {table} ORDER BY id")
    for column in columns:
        db.run(f"UPDATE {table} SET {column} = ? WHERE id = ?", rows[1][column], rows[0]["id"])


def _secret_columns(db: Database, table: str) -> list[str]:
    rows = db.rows(f"SELECT * FROM {table} LIMIT 1")
    return [
        name for name in (rows[0] if rows else ()) if name in ("password", "token", "secret", "secrets", "credentials")
    ]


@attack("permissions", "D12", state="registered", needs=("root",), each={"0666": 0o666, "0644": 0o644, "0622": 0o622})
def open_key_files(trial: Trial, mode: int) -> None:
    """Key files that others may use: it says so, or refuses, with mode"""
    changed = [path for path in trial.lockstep.data.iterdir() if path.is_file() and "key" in path.name]
    for path in changed:
        path.chmod(mode)
    said = trial.run("environment", "list")
    told = not said.succeeded or "key" in said.err.lower()
    trial.expect(
        told, f"keys of mode {mode:o} were used without a word ({', '.join(path.name for path in changed)})", Kind.FALSE
    )


@attack("permissions", "D12", state="registered")
def unprotect_and_apply(trial: Trial) -> None:
    """One administrator unprotects the target, applies his own plan and protects it again: not without a loud trace"""
    trial.lockstep.need("create_admin", "eve", "--password-stdin", stdin=PASSWORD)
    trial.lockstep.need("environment", "edit", "prod", "--protected", "--as", "ada")
    trial.plan(BIRTHS, who="eve")
    said = trial.run("environment", "edit", "prod", "--no-protected", "--as", "eve")
    applied = trial.apply("--as", "eve")
    if said.succeeded and applied.succeeded:
        told = trial.run("audit", "list", "--format", "json").text
        trial.expect(
            "unprotect" in told or "protection" in told, "nothing but an ordinary edit stands in the audit", Kind.FALSE
        )
        trial.false("one of two administrators lowered the protection alone")
    trial.end()


@attack("permissions", "D9", state="registered")
def schedule_of_one_who_left(trial: Trial) -> None:
    """A schedule acts on behalf of somebody who was deactivated: it does not act any more"""
    trial.lockstep.need("user", "add", "paul", "--password-stdin", stdin=PASSWORD)
    trial.lockstep.need("user", "grant", "paul", "operator")
    trial.run("schedule", "add", "minutely", "catalogue.sync", "* * * * *", "--environment", "dev", "--as", "paul")
    _deactivate("paul")(trial)
    said = trial.run("schedule", "run", "minutely", "--as", "ada")
    trial.worker()
    await_that(lambda: bool(trial.lockstep.json("task", "list")), 20)
    tasks = trial.lockstep.json("task", "list")
    ran = [task for task in tasks if task["state"] == "succeeded" and task.get("actor") == "paul"]
    trial.expect(not ran, f"it ran on behalf of a deactivated account ({said.code})", Kind.FALSE)
