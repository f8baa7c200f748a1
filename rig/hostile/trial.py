"""One attack while it goes on: Lockstep over two real servers behind gateways, and what is found about its words."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from rig.check.checker import compare
from rig.check.exports import Ids, Key, files
from rig.check.rest import Superset
from rig.hostile.commands import PATIENCE, Command
from rig.hostile.gateway import Gateway
from rig.hostile.server_state import Holdings, holdings
from rig.hostile.verdict import Finding, Kind, Said, Truth, crashes, ended, judged, unclear
from rig.lockstep import Lockstep
from rig.servers.pair import WAREHOUSE, WAREHOUSE_UUID
from rig.service import Running

EXAMPLES_UUID = "a2dc77af-e654-49bb-b321-40f6b559a1ee"
MAPPING = f"examples={WAREHOUSE}"
POLL = 0.1
PASSWORD = secrets.token_urlsafe(18)
"""Of everybody who has an account in Lockstep."""

KEPT = " theme_uuid: "
"""What does not travel: it stays as the target has it, which the sides of an asset tell."""


class Trial:
    """What an attack works with. Every command that writes is judged when it has ended; `end` judges what stays."""

    def __init__(self, lockstep: Lockstep, dev: Superset, prod: Superset, to_dev: Gateway, to_prod: Gateway) -> None:
        self.lockstep = lockstep
        self.dev, self.prod, self.to_dev, self.to_prod = dev, prod, to_dev, to_prod
        self.dashboards: tuple[str, ...] = ()
        self.migration = 0
        self.findings: list[Finding] = []
        self.story: list[str] = []
        self.refused = False
        self.overridden = False
        """Somebody asked, with a reason, that others' work be overwritten."""

        self.theirs: dict[Key, bytes | None] = {}
        """What somebody else left of an asset; None for one that was deleted."""

        self.before: Holdings | None = None
        self.sql: Callable[..., None] = lambda where, sql: None
        """Straight into a server's metadata: `dev` or `prod`, a statement, its values."""

        self.put_target: Callable[[str], None] = lambda state: None
        """Give the target what it holds in another state of the arena: somebody's import by hand."""

        self._running: list[Command] = []
        self._workers: list[Running] = []
        self._last: Said | None = None
        self.known_plans: dict[int, set[Key]] = {}

    # --- commands

    def begin(self, *words: str, stdin: str = "") -> Command:
        command = Command(self.lockstep, words, stdin=stdin)
        self._running.append(command)
        return command

    def run(self, *words: str, stdin: str = "", patience: float = PATIENCE) -> Said:
        """A command that writes nothing to the target; only a crash counts against it."""
        said = self.begin(*words, stdin=stdin).said(patience)
        self.heard(said)
        return said

    def heard(self, said: Said) -> Said:
        """Keep what a command said; it may not have crashed."""
        self.story.append(str(said))
        self.refused = self.refused or said.refused
        self.found(*(Finding(Kind.FAULT, sentence) for sentence in (*crashes(said), *unclear(said))))
        return said

    def judge(self, said: Said) -> Said:
        """Hold what a command that may write has said against the target as it is now."""
        self._last = said
        self.story.append(str(said))
        self.refused = self.refused or said.refused
        self.found(*judged(said, self.truth()))
        return said

    def apply(self, *options: str, patience: float = PATIENCE) -> Said:
        return self.judge(self.begin(*self.applying, *options).said(patience))

    def undo(self, *options: str, patience: float = PATIENCE) -> Said:
        return self.judge(self.begin(*self.undoing, *options).said(patience))

    @property
    def applying(self) -> tuple[str, ...]:
        return "migration", "apply", str(self.migration), "--yes"

    @property
    def undoing(self) -> tuple[str, ...]:
        return "migration", "rollback", str(self.migration), "--yes"

    def plan(self, *dashboards: str, target: str = "prod", source: str = "dev", who: str = "ada") -> Said:
        """A new plan, which the attack goes on with."""
        chosen = [word for each in dashboards for word in ("--dashboard", each)] or ["--all"]
        said = self.run("migration", "plan", source, target, *chosen, "--map-database", MAPPING, "--as", who)
        if said.code == 2:
            self.migration = max(int(row["id"]) for row in self.lockstep.json("migration", "list"))
            self.known_plans, self.dashboards = {}, dashboards
        return said

    def worker(self) -> Running:
        """`manage.py worker`, until the trial ends."""
        worker = Running(f"worker-{len(self._workers)}", self.lockstep.data)
        worker.start(self.lockstep, "worker")
        worker.await_said("Working with")
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

    # --- what is so

    def remember(self) -> None:
        """From here on the target counts as what it was before."""
        self.before = holdings(self.prod)

    def somebody(self, work: Callable[[Superset], object]) -> None:
        """Somebody else works on the target by hand: what he leaves is his."""
        earlier = holdings(self.prod)
        work(self.prod)
        later = holdings(self.prod)
        for key in earlier.changed(later):
            self.theirs[key] = later.assets.files.get(key)

    def remember_strangers(self) -> None:
        """What is there now and was not before is somebody else's, and no part of what is undone."""
        assert self.before is not None
        now = holdings(self.prod)
        for key in now.assets.numbers.keys() - self.before.assets.numbers.keys():
            if key not in self.touched():
                self.theirs[key] = now.assets.files.get(key)

    def keep_what_theirs_need(self) -> None:
        """What somebody's work stands on, by the target's own export of it, has to stay with it."""
        now = holdings(self.prod)
        for kind, uuid in list(self.theirs):
            if (kind, uuid) in now.assets.numbers and kind != "database":
                for key in files(self.prod.export(kind, [now.assets.numbers[kind, uuid]])):
                    self.theirs.setdefault(key, now.assets.files.get(key))

    def sides(self) -> dict[Key, dict[str, Any]]:
        return holdings(self.prod).sides

    def sides_lost(self, earlier: dict[Key, dict[str, Any]]) -> list[str]:
        """Of the assets that are still there: what no export tells, and is not as it was."""
        now = self.sides()
        return [
            f"{name} of {kind} {uuid}"
            for (kind, uuid), sides in earlier.items()
            for name in sides
            if (kind, uuid) in now and now[kind, uuid].get(name) != sides[name]
        ]

    def truth(self) -> Truth:
        assert self.before is not None
        now = holdings(self.prod)
        changed = {key: how for key, how in self.before.changed(now).items() if key not in self.theirs}
        planned = self.touched()
        beside = tuple(how for key, how in changed.items() if key not in planned)
        sides = tuple(how for key, how in self.before.changed_sides(now).items() if key not in self.theirs)
        return Truth(
            from_before=tuple(changed.values()),
            from_plan=self._from_plan(),
            beside_plan=tuple(dict.fromkeys((*beside, *sides))),
            lost=tuple(self._lost(now)),
        )

    def touched(self) -> set[Key]:
        """What the plan creates or changes."""
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
            line for line in found if KEPT not in line and not any(uuid and uuid in line for _, uuid in self.theirs)
        )

    def _lost(self, now: Holdings) -> list[str]:
        """Others' work that is not there any more; and assets of before that nobody planned to touch."""
        assert self.before is not None
        gone = [
            f"{kind} {uuid}, which was there before, is gone"
            for kind, uuid in self.before.assets.numbers
            if (kind, uuid) not in now.assets.numbers and (kind, uuid) not in self.theirs
        ]
        if self.overridden:
            return gone
        for key, left in self.theirs.items():
            if left is not None and now.assets.files.get(key) is None:
                gone.append(f"{key[0]} {key[1]}, somebody's work, is gone")
            elif left is not None and now.assets.files.get(key) != left:
                gone.append(f"{key[0]} {key[1]}: somebody's work on it is gone")
        return gone

    # --- the end

    def end(self, *, undone: bool = True) -> None:
        """Nothing is under way any more: the last words must be true by now; what is half there must be undoable, and
        what Lockstep then says of that must be true as well."""
        self.to_prod.lift()
        self.to_prod.settle()
        truth = self.truth()
        status = self.status
        self.story.append(f"in the end: {status}")
        self.found(*ended(status, truth))
        if self._last and self._last.words[2:3] == (str(self.migration),):
            self.found(*judged(self._last, truth))
        self._doubled()
        if not undone or status == "done" or not truth.from_before:
            return
        said = self.undo()
        self.to_prod.settle()
        if truth_then := self.truth().from_before:
            how = "said that it was rolled back" if said.succeeded else f"refused: {said.last[:200]}"
            if not (self.theirs and said.refused):
                self.found(Finding(Kind.BETWEEN, f"half-way, and the undo {how}; {'; '.join(truth_then[:2])[:300]}"))

    def _doubled(self) -> None:
        """One import carried out twice with the very same content."""
        imports = [write for write in self.to_prod.succeeded if "/import/" in write.path]
        digests = [write.digest for write in imports]
        if len(set(digests)) < len(digests):
            self.found(Finding(Kind.DOUBLED, "the same import was carried out twice"))

    def close(self) -> None:
        for command in self._running:
            command.end()
        for worker in self._workers:
            worker.stop()


def uuid_of(server: Superset, kind: str, pk: int) -> str:
    return Ids.of(server).uuid_by_id[kind][pk]


def await_that(holds: Callable[[], bool], patience: float) -> bool:
    """Whether it came to hold in time."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(POLL)
    return True


def text_of(document: object) -> str:
    return json.dumps(document, ensure_ascii=False)
