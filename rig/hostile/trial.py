"""One running attack: Lockstep over two real servers behind gateways, and the findings about its claims."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from rig.check.checker import compare
from rig.check.exports import Key
from rig.check.rest import Superset
from rig.hostile.commands import TIMEOUT, Command
from rig.hostile.gateway.gateway import Gateway
from rig.hostile.judge.result import CommandResult, crashes, unclear
from rig.hostile.judge.server_state import read_state
from rig.hostile.judge.target import Target
from rig.hostile.judge.verdict import Finding, Kind, TargetState, ended, judged
from rig.lockstep import Lockstep
from rig.servers.instances import Instance
from rig.servers.pair import WAREHOUSE, WAREHOUSE_UUID
from rig.service import Service

EXAMPLES_UUID = "a2dc77af-e654-49bb-b321-40f6b559a1ee"
MAPPING = f"examples={WAREHOUSE}"
POLL = 0.1
PASSWORD = secrets.token_urlsafe(18)
"""The password of every Lockstep account."""

KEPT = " theme_uuid: "
"""A difference in what does not travel; attachments are compared instead."""


class Trial:
    """The tools of an attack. Every command that writes is judged when it ends; `end` judges the final state."""

    def __init__(self, lockstep: Lockstep, dev: Superset, prod: Superset, to_dev: Gateway, to_prod: Gateway) -> None:
        self.lockstep = lockstep
        self.dev, self.prod, self.to_dev, self.to_prod = dev, prod, to_dev, to_prod
        self.dashboards: tuple[str, ...] = ()
        self.migration = 0
        self.findings: list[Finding] = []
        self.transcript: list[str] = []
        self.refused = False
        self.target = Target(prod)
        self.sql: Callable[..., None] = lambda where, sql: None
        """Executes SQL in the metadata of a server: `dev` or `prod`, a statement, its values."""

        self.put_target: Callable[[str], None] = lambda state: None
        """Gives the target the content of another state of the arena, as a manual import would."""

        self.planned: Mapping[str, Any] = {}
        """What the target holds once the migration is applied, where more than documents travel."""

        self.source: Instance | None = None
        self.server: Instance | None = None
        """The processes of the source and of the target."""

        self._running: list[Command] = []
        self._workers: list[Service] = []
        self._last: CommandResult | None = None
        self.known_plans: dict[int, set[Key]] = {}

    # --- commands

    def begin(self, *arguments: str, stdin: str = "") -> Command:
        command = Command(self.lockstep, arguments, stdin=stdin)
        self._running.append(command)
        return command

    def run(self, *arguments: str, stdin: str = "", timeout: float = TIMEOUT) -> CommandResult:
        """Run a command that writes nothing to the target; only a crash is a finding."""
        result = self.begin(*arguments, stdin=stdin).result(timeout)
        self.record_result(result)
        return result

    def record_result(self, result: CommandResult) -> CommandResult:
        """Record a result; a crash is a finding."""
        self.transcript.append(str(result))
        self.refused = self.refused or result.refused
        self.found(*(Finding(Kind.FAULT, sentence) for sentence in (*crashes(result), *unclear(result))))
        return result

    def judge(self, result: CommandResult) -> CommandResult:
        """Compare the claims of a command that may write with the current target."""
        self._last = result
        self.transcript.append(str(result))
        self.refused = self.refused or result.refused
        self.found(*judged(result, self.target_state()))
        return result

    def apply(self, *options: str, timeout: float = TIMEOUT) -> CommandResult:
        return self.judge(self.begin(*self.apply_command, *options).result(timeout))

    def undo(self, *options: str, timeout: float = TIMEOUT) -> CommandResult:
        return self.judge(self.begin(*self.undo_command, *options).result(timeout))

    @property
    def apply_command(self) -> tuple[str, ...]:
        return "migration", "apply", str(self.migration), "--yes"

    @property
    def undo_command(self) -> tuple[str, ...]:
        return "migration", "rollback", str(self.migration), "--yes", "--as", "ada"

    def plan(self, *dashboards: str, target: str = "prod", source: str = "dev", who: str = "ada") -> CommandResult:
        """Make a new plan, which the attack continues with."""
        chosen = [word for each in dashboards for word in ("--dashboard", each)] or ["--all"]
        result = self.run("migration", "plan", source, target, *chosen, "--map-database", MAPPING, "--as", who)
        if result.code == 2:
            self.migration = max(int(row["id"]) for row in self.lockstep.json("migration", "list"))
            self.known_plans, self.dashboards = {}, dashboards
        return result

    def worker(self) -> Service:
        """Start `manage.py worker`; it runs until the trial ends."""
        worker = Service(f"worker-{len(self._workers)}", self.lockstep.data)
        worker.start(self.lockstep, "worker")
        worker.wait_for_output("Working with")
        self._workers.append(worker)
        return worker

    def shown(self) -> dict[str, Any]:
        document: dict[str, Any] = self.lockstep.json("migration", "show", str(self.migration))
        return document

    @property
    def status(self) -> str:
        return str(self.shown()["migration"]["status"])

    # --- findings

    def found(self, *findings: Finding) -> None:
        self.findings += [finding for finding in findings if finding not in self.findings]

    def fault(self, sentence: str) -> None:
        self.found(Finding(Kind.FAULT, sentence))

    def false(self, sentence: str) -> None:
        self.found(Finding(Kind.FALSE, sentence))

    def lost(self, sentence: str) -> None:
        self.found(Finding(Kind.LOST, sentence))

    def expect(self, holds: object, sentence: str, kind: Kind = Kind.FAULT) -> None:
        if not holds:
            self.found(Finding(kind, sentence))

    # --- the target

    def target_state(self) -> TargetState:
        now = read_state(self.prod)
        return self.target.state(now, planned=self.touched(), from_plan=self._from_plan())

    def touched(self) -> set[Key]:
        """The assets that the plan creates or changes."""
        if not self.migration:
            return set()
        if self.migration not in self.known_plans:
            changes = self.shown()["plan"]["changes"]
            found = {(each["kind"], each["uuid"]) for each in changes if each["action"] in ("create", "update")}
            self.known_plans[self.migration] = found
        return self.known_plans[self.migration]

    def _from_plan(self) -> tuple[str, ...]:
        if not self.dashboards:
            return ()
        found = compare(self.dev, self.prod, self.dashboards, databases={EXAMPLES_UUID: WAREHOUSE_UUID}).differences
        return tuple(
            line
            for line in found
            if KEPT not in line and not any(uuid and uuid in line for _, uuid in self.target.foreign_work)
        )

    # --- the end

    def end(self, *, undone: bool = True) -> None:
        """Judge the final state: the last claims must be true, a half-way target must be undoable, and the claims of
        that undo must be true as well."""
        self.to_prod.lift()
        self.to_prod.settle()
        target_state = self.target_state()
        status = self.status
        self.transcript.append(f"final status: {status}")
        self.found(*ended(status, target_state))
        if self._last and self._last.arguments[2:3] == (str(self.migration),):
            self.found(*judged(self._last, target_state))
        self._doubled()
        if not undone or status == "succeeded" or not target_state.from_before:
            return
        result = self.undo()
        self.to_prod.settle()
        if remaining := self.target_state().from_before:
            how = "claimed success" if result.succeeded else f"was refused: {result.last[:200]}"
            if not (self.target.foreign_work and result.refused):
                self.found(Finding(Kind.BETWEEN, f"half-way, and the rollback {how}; {'; '.join(remaining[:2])[:300]}"))

    def _doubled(self) -> None:
        """A finding if one import was carried out twice with the same content."""
        imports = [write for write in self.to_prod.succeeded if "/import/" in write.path]
        digests = [write.digest for write in imports]
        if len(set(digests)) < len(digests):
            self.found(Finding(Kind.DOUBLED, "the same import was carried out twice"))

    def close(self) -> None:
        for command in self._running:
            command.end()
        for worker in self._workers:
            worker.stop()


def wait_until(holds: Callable[[], bool], timeout: float) -> bool:
    """Whether the condition holds in time."""
    end = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(POLL)
    return True
