"""What the first start prepares and shows, step by step: a planned, approved, verified migration to a protected prod,
and a change on dev that waits for the person.

The story is told once, on fresh servers. Until it is complete, each start starts it over; afterwards no start touches
anything again, whatever people have done meanwhile.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rig.check.rest import Superset
from rig.demo import seed
from rig.demo.approver import Person
from rig.demo.people import ADMINISTRATOR, APPROVER, new_password, password_of
from rig.demo.result import DASHBOARDS, EXAMPLES, show_check
from rig.errors import RigError
from rig.lockstep import DONE, PENDING, Lockstep
from rig.progress import Progress
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD
from rig.servers.pair import WAREHOUSE, Pair

MIGRATION = 1
"""The number of the migration that the story makes: the first one of a new Lockstep."""


@dataclass(frozen=True)
class Stage:
    """Where the story plays: two running Supersets, and a running Lockstep."""

    pair: Pair
    lockstep: Lockstep
    url: str
    progress: Progress

    def show(self, *arguments: str, expected: int = DONE, stdin: str = "") -> None:
        """Run a command before the eyes of the person; RigError if it ends otherwise."""
        code = self.lockstep.show(*arguments, stdin=stdin)
        if code != expected:
            raise RigError(f"\nThis command ended with {code} instead of {expected}, see above.")


# --- complete or not


def _mark(lockstep: Lockstep) -> Path:
    return lockstep.data / "demo-complete"


def is_complete(lockstep: Lockstep) -> bool:
    return _mark(lockstep).exists()


def mark_complete(lockstep: Lockstep) -> None:
    """At once or not at all."""
    draft = _mark(lockstep).with_suffix(".new")
    draft.write_text(json.dumps({"migration": MIGRATION}))
    draft.replace(_mark(lockstep))


def reset_unfinished(lockstep: Lockstep, pair: Pair, progress: Progress) -> None:
    """Remove what an interrupted start left, so that each step finds what it finds the first time."""
    if lockstep.data.exists():
        progress.say("The last first start was not completed. Starting over: dev, prod and Lockstep are reset")
        old = lockstep.data.with_name("lockstep.old")
        shutil.rmtree(old, ignore_errors=True)
        lockstep.data.replace(old)  # a command of the killed start may still write there
        shutil.rmtree(old, ignore_errors=True)
    pair.reset()


# --- the steps


def add_approver(stage: Stage) -> None:
    data = stage.lockstep.data
    file = str(new_password(data, APPROVER))
    stage.show("user", "add", APPROVER, "--staff", "--email", "approver@example.org", "--password-file", file)


def add_environments(stage: Stage) -> None:
    for server, options in ((stage.pair.dev, ()), (stage.pair.prod, ("--protected", "--approvals", "1"))):
        arguments = ("environment", "add", server.name, server.url, "--tier", server.name, *options)
        stage.show(*arguments, "--username", ADMIN, "--password-stdin", stdin=ADMIN_PASSWORD)


def grant_roles(stage: Stage) -> None:
    stage.show("user", "grant", APPROVER, "approver", "--where", stage.pair.prod.name)
    stage.show("user", "grant", APPROVER, "viewer", "--where", stage.pair.dev.name)


def map_databases(stage: Stage) -> None:
    stage.show("mapping", "set", *_sides(stage), f"{EXAMPLES}={WAREHOUSE}")


def sync_catalogue(stage: Stage) -> None:
    with stage.progress.step("Syncing both environments into the catalogue"), ThreadPoolExecutor() as both:
        for synced in [
            both.submit(stage.lockstep.check_output, "catalogue", "sync", name, "--queue") for name in _sides(stage)
        ]:
            synced.result()


def plan(stage: Stage) -> None:
    chosen = [word for name in DASHBOARDS.values() for word in ("--dashboard", name)]
    stage.show("migration", "plan", *_sides(stage), *chosen, "--queue", expected=PENDING)


def submit(stage: Stage) -> None:
    stage.show("migration", "submit", str(MIGRATION), "--note", "The first three dashboards")


def approve(stage: Stage) -> None:
    with stage.progress.step(f"{APPROVER} signs in and approves; {ADMINISTRATOR} may not: who plans does not approve"):
        person = Person(stage.url, APPROVER, password_of(stage.lockstep.data, APPROVER))
        person.approve(MIGRATION, note="Looks good")
        person.sign_out()


def apply(stage: Stage) -> None:
    stage.show("migration", "apply", str(MIGRATION), "--yes", "--queue")


def check(stage: Stage) -> None:
    if not show_check(stage.pair):
        raise RigError("\nThe dashboards differ, see above.")


def change_dev(stage: Stage) -> None:
    with stage.progress.step(f"Changing “{seed.DASHBOARD}” on dev, for you to migrate"):
        seed.change(Superset(stage.pair.dev.url))


Step = Callable[[Stage], None]

STORY: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("Two environments: dev is open, a change of prod needs an approval", (add_environments,)),
    ("A second person, who approves", (add_approver, grant_roles)),
    ("Which database of prod stands for which of dev, and what there is on both", (map_databases, sync_catalogue)),
    ("Three dashboards from dev to prod: plan, submit, approve, apply, verify", (plan, submit, approve, apply)),
    ("Checked by a program that shares no code with Lockstep", (check,)),
    ("A change on dev", (change_dev, sync_catalogue)),
)


def play(stage: Stage) -> None:
    """All of it, and remember that; RigError if a step fails."""
    for number, (heading, steps) in enumerate(STORY, 1):
        print(f"\n── {number}. {heading}", flush=True)
        for step in steps:
            step(stage)
    mark_complete(stage.lockstep)


def _sides(stage: Stage) -> tuple[str, str]:
    return stage.pair.dev.name, stage.pair.prod.name
