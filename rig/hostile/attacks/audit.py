"""Attacks on the audit by the owner of the database: each must be detected."""

from __future__ import annotations

from collections.abc import Callable

from rig.hostile.attack import attack
from rig.hostile.audits import CHECKPOINTS, ENTRIES, Database, database, entries, forged_entry, rehash
from rig.hostile.judge.result import CommandResult
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import Trial
from rig.servers.instances import copy_database

Forgery = Callable[[Database], None]
ORIGINAL_END = "2020-01-01 00:00:00"


def _empty_below_a_checkpoint(db: Database) -> None:
    """With the triggers in place: a checkpoint over all entries, and the entries below it deleted."""
    last = entries(db)[-1]
    columns = {row["name"] for row in db.rows(_COLUMNS[db.postgres])}
    row = {
        "number": last["number"], "hash": last["hash"], "entries": last["number"], "file": "old.jsonl",
        "file_sha256": "0" * 64, "at": last["at"],
    }  # fmt: skip
    row |= dict.fromkeys(columns - row.keys() - {"id"}, "0" * 64)
    names = ", ".join(f'"{name}"' for name in row)
    db.attempt(f"INSERT INTO {CHECKPOINTS} ({names}) VALUES ({', '.join('?' * len(row))})", *row.values())
    db.attempt(f"DELETE FROM {ENTRIES}")


_COLUMNS = {
    False: f"SELECT name FROM pragma_table_info('{CHECKPOINTS}')",
    True: f"SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{CHECKPOINTS}'",
}


def _cut_tail(db: Database) -> None:
    db.drop_triggers()
    last = entries(db)[-1]["number"]
    db.run(f"DELETE FROM {ENTRIES} WHERE number > ?", last - 2)


def _cut_last(db: Database) -> None:
    db.drop_triggers()
    db.run(f"DELETE FROM {ENTRIES} WHERE number = ?", entries(db)[-1]["number"])


def _cut_all(db: Database) -> None:
    db.drop_triggers()
    db.run(f"DELETE FROM {ENTRIES}")


def _cut_tail_and_rehash(db: Database) -> None:
    _cut_tail(db)
    rehash(db)


def _cut_head(db: Database) -> None:
    """The oldest entries, below a checkpoint that says they were closed."""
    db.drop_triggers()
    _empty_below_a_checkpoint(db)


def _cut_middle(db: Database) -> None:
    db.drop_triggers()
    db.run(f"DELETE FROM {ENTRIES} WHERE number = 2")


def _cut_middle_and_rehash(db: Database) -> None:
    _cut_middle(db)
    rehash(db)


def _edit(db: Database) -> None:
    db.drop_triggers()
    db.run(f"UPDATE {ENTRIES} SET os_user = 'mallory' WHERE number = 2")


def _edit_and_rehash(db: Database) -> None:
    _edit(db)
    rehash(db)


def _other_actor_and_rehash(db: Database) -> None:
    db.drop_triggers()
    db.run(f"UPDATE {ENTRIES} SET actor_id = NULL WHERE number = (SELECT max(number) FROM {ENTRIES})")
    rehash(db)


def _unnumbered_row(db: Database) -> None:
    """A row that waits to be sealed as if Lockstep had written it, with the time of the first entry."""
    forged_entry(db, number=None)


def _numbered_row(db: Database) -> None:
    db.drop_triggers()
    forged_entry(db, number=entries(db)[-1]["number"] + 1, hashed=True)


def _swapped(db: Database) -> None:
    """Swap two entries and rebuild the chain."""
    db.drop_triggers()
    db.run(f"UPDATE {ENTRIES} SET number = 1000000 WHERE number = 2")
    db.run(f"UPDATE {ENTRIES} SET number = 2 WHERE number = 3")
    db.run(f"UPDATE {ENTRIES} SET number = 3 WHERE number = 1000000")
    rehash(db)


def _unsealed(db: Database) -> None:
    """Change the last entry and remove its seal, for Lockstep to seal it again."""
    db.drop_triggers()
    last = entries(db)[-1]["number"]
    db.run(f"UPDATE {ENTRIES} SET number = NULL, previous = '', hash = '', os_user = 'mallory' WHERE number = ?", last)


def _older_times(db: Database) -> None:
    db.drop_triggers()
    db.run(f"UPDATE {ENTRIES} SET at = ? WHERE number = ?", ORIGINAL_END, entries(db)[-1]["number"])
    rehash(db)


FORGERIES: dict[str, Forgery] = {
    "emptied below a forged checkpoint, triggers in place": _empty_below_a_checkpoint,
    "its last two entries cut off": _cut_tail,
    "its last entry cut off": _cut_last,
    "emptied": _cut_all,
    "its tail cut off and the chain rehashed": _cut_tail_and_rehash,
    "emptied below a forged checkpoint, triggers dropped": _cut_head,
    "an entry removed": _cut_middle,
    "an entry removed and the chain rehashed": _cut_middle_and_rehash,
    "an entry edited": _edit,
    "an entry edited and the chain rehashed": _edit_and_rehash,
    "an actor removed and the chain rehashed": _other_actor_and_rehash,
    "a row without a number": _unnumbered_row,
    "a row with the next number and a correct hash without a key": _numbered_row,
    "two entries swapped and the chain rehashed": _swapped,
    "the last entry unsealed and changed": _unsealed,
    "an older time and the chain rehashed": _older_times,
}
FIXED = (
    "emptied below a forged checkpoint, triggers in place",
    "its last two entries cut off",
    "an entry edited and the chain rehashed",
    "a row without a number",
)


def holds(result: CommandResult) -> bool:
    """Whether it says that the audit holds."""
    return result.code == 0


@attack("audit", "D2", state="planned", each=FORGERIES, ci=FIXED)
def forged(trial: Trial, forge: Forgery) -> None:
    """The audit"""
    before = trial.run("audit", "verify")
    trial.expect(holds(before), f"an untouched audit does not hold: {before.last or before.out}", Kind.FALSE)
    with database(trial) as db:
        count = len(db.rows(f"SELECT id FROM {ENTRIES}"))
        forge(db)
        repelled = len(db.rows(f"SELECT id FROM {ENTRIES}")) == count and len(entries(db)) == count and _same(db)
    result = trial.run("audit", "verify")
    if not repelled:
        trial.expect(not holds(result), f"forged, but “{result.out.strip()[:200]}”", Kind.FALSE)
    with database(trial) as db:
        waiting = len(db.rows(f"SELECT id FROM {ENTRIES} WHERE number IS NULL"))
    trial.run("user", "add", "later", "--password-stdin", stdin="a-password-for-later-1")
    result = trial.run("audit", "verify")
    if not repelled:
        trial.expect(not holds(result), f"holds again after one more entry: “{result.out.strip()[:200]}”", Kind.FALSE)
    trial.transcript.append(f"{waiting} entries without a number after verify")


def _same(db: Database) -> bool:
    return not db.rows(f"SELECT id FROM {CHECKPOINTS}") and not db.rows(
        f"SELECT id FROM {ENTRIES} WHERE os_user = 'mallory'"
    )


@attack("audit", "D2", state="planned", needs=("sqlite",))
def older_database(trial: Trial) -> None:
    """An older copy of the database is restored: the head outside it reveals that"""
    path = trial.lockstep.data / "lockstep.sqlite3"
    trial.run("audit", "verify")
    saved = path.with_suffix(".kept")
    copy_database(path, saved)
    trial.run("user", "add", "mallory", "--password-stdin", stdin="a-password-for-mallory-1")
    trial.run("audit", "verify")
    copy_database(saved, path)
    result = trial.run("audit", "verify")
    trial.expect(not holds(result), f"an older database, but “{result.out.strip()[:200]}”", Kind.FALSE)


@attack("audit", "D2", state="planned")
def verify_only_reads(trial: Trial) -> None:
    """`audit verify` changes nothing in the database"""
    with database(trial) as db:
        forged_entry(db, number=None)
    trial.run("audit", "verify")
    with database(trial) as db:
        left = db.rows(f"SELECT id FROM {ENTRIES} WHERE number IS NULL")
    trial.expect(bool(left), "verify sealed a row that Lockstep never wrote", Kind.FALSE)
