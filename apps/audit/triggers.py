# [DEF:audit.triggers:Module]
# @COMPLEXITY: 2
# @PURPOSE: Database triggers that refuse to change audit entries, or to delete those that no checkpoint covers.
"""Sealing is the only permitted change: an entry without a number gets the next number, and its other columns stay. Any
other number could be taken, so that SQLite's `UPDATE OR REPLACE` would delete the other entry, or be below a
checkpoint, where deleting is allowed.
"""

from __future__ import annotations

from typing import Any

ENTRIES, CHECKPOINTS = "audit_auditentry", "audit_auditcheckpoint"
CHAIN = ("number", "previous", "hash", "sealed_at")
COLUMNS = (
    "id", "at", "actor_id", "os_user", "source", "address", "request_id", "action", "object_type", "object_id",
    "object_name", "before", "after", "nonce", "mark",
)  # fmt: skip

LAST = "(SELECT coalesce(max(number), 0) FROM {table})"
SEALING = (
    "OLD.number IS NULL AND NEW.number IS NOT NULL"
    f" AND NEW.number = 1 + {{greatest}}({LAST.format(table=ENTRIES)}, {LAST.format(table=CHECKPOINTS)})"
)
CLOSED = f"OLD.number IS NOT NULL AND OLD.number <= {LAST.format(table=CHECKPOINTS)}"
NEVER = "audit entries cannot be changed, and can be deleted only below a checkpoint"

POSTGRESQL = f"""
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{NEVER}'; END $$;
CREATE FUNCTION audit_delete() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF {CLOSED} THEN RETURN OLD; END IF; RAISE EXCEPTION '{NEVER}'; END $$;
CREATE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF {SEALING.format(greatest="greatest")}
        AND to_jsonb(OLD) - ARRAY{list(CHAIN)} = to_jsonb(NEW) - ARRAY{list(CHAIN)}
        THEN RETURN NEW; END IF; RAISE EXCEPTION '{NEVER}'; END $$;
CREATE TRIGGER audit_entry_update BEFORE UPDATE ON {ENTRIES} FOR EACH ROW EXECUTE FUNCTION audit_seal();
CREATE TRIGGER audit_entry_delete BEFORE DELETE ON {ENTRIES} FOR EACH ROW EXECUTE FUNCTION audit_delete();
CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON {ENTRIES} EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoint_change BEFORE UPDATE OR DELETE ON {CHECKPOINTS} FOR EACH ROW
    EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_checkpoint_truncate BEFORE TRUNCATE ON {CHECKPOINTS} EXECUTE FUNCTION audit_refuse();
"""
POSTGRESQL_OFF = "".join(
    f"DROP FUNCTION IF EXISTS {name}() CASCADE;" for name in ("audit_refuse", "audit_delete", "audit_seal")
)

_REFUSE = f"BEGIN SELECT RAISE(ABORT, '{NEVER}'); END"


_SAME = " AND ".join(f'OLD."{column}" IS NEW."{column}"' for column in COLUMNS)
_TAKEN = "WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
_ENTRY_TAKEN = _TAKEN.format(table=ENTRIES, same="id = NEW.id OR number = NEW.number OR nonce = NEW.nonce")
_CHECKPOINT_TAKEN = _TAKEN.format(table=CHECKPOINTS, same="id = NEW.id OR number = NEW.number")
_SEALS = f"{SEALING.format(greatest='max')} AND {_SAME}"
SQLITE = {
    # REPLACE deletes the conflicting row without firing the triggers for deletion
    "audit_entry_replace": f"BEFORE INSERT ON {ENTRIES} {_ENTRY_TAKEN} {_REFUSE}",
    "audit_checkpoint_replace": f"BEFORE INSERT ON {CHECKPOINTS} {_CHECKPOINT_TAKEN} {_REFUSE}",
    "audit_entry_update": f"BEFORE UPDATE ON {ENTRIES} WHEN NOT ({_SEALS}) {_REFUSE}",
    "audit_entry_delete": f"BEFORE DELETE ON {ENTRIES} WHEN NOT coalesce({CLOSED}, 0) {_REFUSE}",
    "audit_checkpoint_update": f"BEFORE UPDATE ON {CHECKPOINTS} {_REFUSE}",
    "audit_checkpoint_delete": f"BEFORE DELETE ON {CHECKPOINTS} {_REFUSE}",
}


def install(connection: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
        else:
            for name, definition in SQLITE.items():
                cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {definition}")


def remove(connection: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_OFF)
        else:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
