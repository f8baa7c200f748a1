"""Attacks on stored credentials: another address, another environment, open key files."""

from __future__ import annotations

from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.audits import Database, database
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import Trial
from rig.hostile.web import approved
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD


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
    asked = [path for _, path in trial.to_dev.seen[seen_before:] if "login" in path]
    trial.expect(not result.succeeded, "the secret of another environment was used", Kind.FALSE)
    trial.expect(
        not any("security" in path for path in asked), "the secret of another environment was sent", Kind.FALSE
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
