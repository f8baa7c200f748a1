"""What to do next in the demo, by what a start found: in words, as commands, and as clicks in the application."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rig.demo import seed
from rig.demo.found import Environment, Found, Migration
from rig.demo.people import ADMINISTRATOR, APPROVER
from rig.demo.result import EXAMPLES
from rig.demo.story import MIGRATION
from rig.lockstep import Lockstep
from rig.servers.configuration import ADMIN, ADMIN_PASSWORD
from rig.servers.pair import WAREHOUSE, Pair

START_OVER = "To start over: make demo-down, then make demo"
FAILED = {"failed": "failed", "interrupted": "was interrupted"}
WAITING = ("applying", "rolling back")
REPLANNED = ("draft", "rejected")


@dataclass(frozen=True)
class Step:
    """One thing to do; `clicks` is the same in the application."""

    words: str
    commands: tuple[str, ...] = ()
    clicks: str = ""


class NextSteps:
    """Of the demo as it was found, for the person who started it."""

    def __init__(self, found: Found, lockstep: Lockstep, pair: Pair) -> None:
        self._found, self._lockstep, self._pair = found, lockstep, pair
        self._actor = _actor(found)

    def steps(self, address: str) -> list[Step]:
        """At most three, beginning with the way into Lockstep."""
        return [self._sign_in(address), *self._work()][:3]

    def undo(self) -> Step | None:
        """How to take back what the last of the steps applies, or what is applied already."""
        found = self._found
        if not self._actor or not found.source or not found.target:
            return None
        migration = found.open_migration or (found.applied if self._seed_is_applied() else None)
        number = migration.id if migration else found.last_number + 1
        return Step("To undo it", (self._as("migration", "rollback", str(number), "--yes", "--queue"),),
                    f"Migrations → {number} → Roll back")  # fmt: skip

    # --- first

    def _sign_in(self, address: str) -> Step:
        if not self._actor:
            return Step("No administrator is left. Create one", (self._lockstep.typed("create_admin", "ada"),))
        return Step(f"Open {address} and sign in as {self._actor}")

    # --- then

    def _work(self) -> Iterator[Step]:
        source, target = self._found.source, self._found.target
        if not self._actor:
            return
        if not source or not target:
            missing = " and ".join(name for name, one in (("dev", source), ("prod", target)) if not one)
            verb = "is" if source or target else "are"
            yield Step(f"{missing} {verb} no longer among the environments, so this story has ended. {START_OVER}")
            return
        yield from self._repairs(source, target)
        migration = self._found.open_migration
        yield from self._continued(migration, target) if migration else self._from_plan(source, target)

    def _repairs(self, *environments: Environment) -> Iterator[Step]:
        for environment, server in zip(environments, self._pair.both, strict=True):
            if environment.url != server.url:
                edit = self._as("environment", "edit", environment.slug, "--url", server.url,
                                "--username", ADMIN, "--password-stdin")  # fmt: skip
                words = (
                    f"{environment.slug} listens on {server.url} now, and Lockstep knows {environment.url}. Change it"
                )
                yield Step(words, (f"echo {ADMIN_PASSWORD} | {edit}",), f"Environments → {environment.slug} → Edit")
            if not environment.enabled:
                yield Step(f"{environment.slug} is disabled. Enable it",
                           (self._as("environment", "enable", environment.slug),),
                           f"Environments → {environment.slug} → Enable")  # fmt: skip

    def _from_plan(self, source: Environment, target: Environment) -> Iterator[Step]:
        number = self._found.last_number + 1
        if self._seed_is_applied():
            words = f"Change something in “{seed.DASHBOARD}” on {source.slug}, then plan that"
        else:
            words = f"Plan the change that waits on {source.slug}. In “{seed.DASHBOARD}”, {seed.SUMMARY}"
        mapped = () if self._found.mapped else ("--map-database", f"{EXAMPLES}={WAREHOUSE}")
        plan = ("migration", "plan", source.slug, target.slug, "--dashboard", seed.UUID, *mapped, "--queue")
        clicks = f"Dashboards → {seed.DASHBOARD} → Migrate, to {target.slug} → Plan"
        yield Step(words, (self._as(*plan),), clicks)
        yield self._from_submit(number, target, f"The plan becomes migration {number}. ")

    def _continued(self, migration: Migration, target: Environment) -> Iterator[Step]:
        number, status = migration.id, migration.status
        if status in WAITING:
            yield Step(f"Migration {number} is {status}. Follow it", clicks="Tasks")
        elif status in FAILED:
            yield Step(f"Migration {number} {FAILED[status]}. Read why, and what to do",
                       (self._as("migration", "show", str(number)),), f"Migrations → {number}")  # fmt: skip
        elif status in REPLANNED:
            yield Step(f"Migration {number} is {_article(status)}. Plan it again",
                       (self._as("migration", "replan", str(number), "--queue"),),
                       f"Migrations → {number} → Plan again")  # fmt: skip
            yield self._from_submit(number, target, "")
        elif status == "planned":
            yield self._from_submit(number, target, f"Migration {number} is planned. ")
        elif status == "submitted":
            yield self._from_approval(number, target)
        else:
            yield self._apply(number, f"Migration {number} is approved. Apply it")

    def _from_submit(self, number: int, target: Environment, before: str) -> Step:
        apply = self._apply(number, "")
        if not target.protected:
            return Step(f"{before}Apply it; {target.slug} needs no approval", apply.commands, apply.clicks)
        return Step(
            f"{before}Submit it, have it approved by {self._approver(target)}, and apply it",
            (self._as("migration", "submit", str(number)), self._approval(number), *apply.commands),
            f"Migrations → {number} → Submit; then, as {APPROVER}, Approve; then, as {self._actor}, Apply",
        )

    def _from_approval(self, number: int, target: Environment) -> Step:
        apply = self._apply(number, "")
        words = f"Migration {number} waits for approval. Have it approved by {self._approver(target)}, and apply it"
        clicks = f"Migrations → {number} → as {APPROVER}, Approve; then, as {self._actor}, Apply"
        return Step(words, (self._approval(number), *apply.commands), clicks)

    def _approval(self, number: int) -> str:
        """A comment between the commands: there is none to approve with."""
        return f"# in a private window, signed in as the approver: Approvals → {number} → Approve"

    def _apply(self, number: int, words: str) -> Step:
        command = self._as("migration", "apply", str(number), "--yes", "--queue")
        return Step(words, (command,), f"Migrations → {number} → Apply")

    def _approver(self, target: Environment) -> str:
        hindrance = self._found.people.get(APPROVER, "gone")
        more = "" if target.approvals_needed == 1 else f" ({target.slug} needs {target.approvals_needed} approvals)"
        if hindrance in ("", "password changed"):
            return f"{APPROVER}, because nobody approves their own plan{more}"
        return f"another person who may ({APPROVER}: {hindrance}; see Users and Grants in the admin){more}"

    # ---

    def _seed_is_applied(self) -> bool:
        """Whether the person has migrated something since the story."""
        return self._found.applied is not None and self._found.applied.id != MIGRATION

    def _as(self, *arguments: str) -> str:
        return self._lockstep.typed(*arguments, "--as", self._actor)


def _actor(found: Found) -> str:
    """The administrator of the demo, or whoever else is one now."""
    return ADMINISTRATOR if ADMINISTRATOR in found.administrators else next(iter(found.administrators), "")


def _article(status: str) -> str:
    return "a draft again" if status == "draft" else status
