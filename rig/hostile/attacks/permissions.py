"""Attacks with permissions that ended: approvals, roles, schedules, addresses, secrets."""

from __future__ import annotations

import json
from collections.abc import Callable

from rig.hostile import actions
from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.audits import Database, database
from rig.hostile.faults.signals import wait_for_gate
from rig.hostile.trial import PASSWORD, Trial, wait_until
from rig.hostile.verdict import Kind
from rig.hostile.web import approved, serving
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD

Change = Callable[[Trial], object]


def _deactivate(name: str) -> Change:
    def act(trial: Trial) -> None:
        with serving(trial) as web:
            person = web.person("ada")
            rows = person.get("users").document
            number = next(row["id"] for row in rows["results"] if row["username"] == name)
            response = person.send("PATCH", f"users/{number}", {"is_active": False})
            if response.status >= 300:
                raise RuntimeError(f"{name} could not be deactivated: {response.status} {response.text[:200]}")

    return act


ENDED: dict[str, Change] = {
    "the approver was deactivated": _deactivate("vera"),
    "the approver lost the role": lambda trial: trial.lockstep.check_output(
        "user", "revoke", "vera", "approver", "--as", "ada"
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
        "lost the role": lambda trial: trial.lockstep.check_output("user", "revoke", "paul", "operator", "--as", "ada"),
        "was deactivated": _deactivate("paul"),
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


@attack("permissions", "D12", state="registered")
def address_changed_after_approval(trial: Trial) -> None:
    """The address of the target changes after the approval: refused before anything is sent there"""
    approved(trial, BIRTHS)
    elsewhere = f"http://localhost:{trial.to_prod.server.server_port}"
    edit = ("environment", "edit", "prod", "--url", elsewhere, "--as", "ada")
    result = trial.run(*edit)
    trial.expect(result.refused, "stored credentials were carried over to another server", Kind.FALSE)
    trial.lockstep.check_output(*edit, "--username", ADMIN, "--password-stdin", stdin=ADMIN_PASSWORD)
    result = trial.apply("--as", "paul")
    trial.expect(not result.succeeded, "an approval for one address was used for another", Kind.FALSE)
    trial.end()


@attack("permissions", "D12", state="registered", ci=True)
def secret_moved(trial: Trial) -> None:
    """A stored secret is moved to another environment by SQL: it is sent nowhere"""
    with database(trial) as db:
        _move_secret(db)
    seen_before = len(trial.to_dev.seen)
    result = trial.run("environment", "check", "dev")
    logins = [path for _, path in trial.to_dev.seen[seen_before:] if "login" in path]
    trial.expect(not result.succeeded, "the secret of another environment was used", Kind.FALSE)
    trial.expect(
        not any("security" in path for path in logins), "the secret of another environment was sent", Kind.FALSE
    )


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
    """Key files with too open permissions cause a warning or a refusal, mode"""
    changed = [path for path in trial.lockstep.data.iterdir() if path.is_file() and "key" in path.name]
    for path in changed:
        path.chmod(mode)
    result = trial.run("environment", "list")
    warned = not result.succeeded or "key" in result.err.lower()
    trial.expect(
        warned,
        f"keys of mode {mode:o} were used without a warning ({', '.join(path.name for path in changed)})",
        Kind.FALSE,
    )


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
    _deactivate("paul")(trial)
    result = trial.run("schedule", "run", "minutely", "--as", "ada")
    trial.worker()
    wait_until(lambda: bool(trial.lockstep.json("task", "list")), 20)
    tasks = trial.lockstep.json("task", "list")
    ran = [task for task in tasks if task["state"] == "succeeded" and task.get("actor") == "paul"]
    trial.expect(not ran, f"ran on behalf of a deactivated account ({result.code})", Kind.FALSE)
