"""What is measured, by the names of the tables, and what it may take."""

from __future__ import annotations

from rig.bench.comparison.users import USERS
from rig.bench.stopwatch import Goal

DASHBOARDS = 1000

RAW_DEV = "raw export of dev"
RAW_BOTH = "raw export of both sides"
RAW_IMPORT = "raw export + import"
PARSE = "parsing its YAML with libyaml only"
READ = "reading that export with all checks"
PLAN_NEW = "plan, prod empty"
PLAN = "plan, prod full, one chart changed"
AGAIN = "unchanged re-migration"
APPLY = "apply"
REPLAY = "requests of apply, sent raw"
OURS = "`migration plan` + `migration apply`"
PRESET = "preset-cli export + import"
FIRST_SYNC = f"first sync of {DASHBOARDS} dashboards"
SYNC_REPLAY = "requests of that sync, sent raw"
SYNC_PROCESSOR = "CPU time of that sync"
NEXT_SYNC = "next sync, unchanged"
ANSWERS = f"{USERS} users, p95 of API responses"

GOALS = [
    Goal(PLAN, RAW_BOTH, 1.3),
    Goal(AGAIN, PLAN, 1),
    Goal(APPLY, REPLAY, 1.3),
    Goal(APPLY, PRESET, 0.5),
    Goal(OURS, PRESET, 1),
    Goal(READ, PARSE, 2),
    Goal(FIRST_SYNC, SYNC_REPLAY, 1.3),
]
