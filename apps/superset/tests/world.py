"""Two Supersets in memory: “dev” with recorded examples, “prod” with a connection of its own and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from apps.superset.assets import Bundle, Key, Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.execution.apply import apply
from apps.superset.execution.readback import Write
from apps.superset.execution.result import Result
from apps.superset.execution.rollback import Undo, rollback
from apps.superset.planning.builder import Planned, make_plan
from apps.superset.planning.sides import Request
from apps.superset.protocol import Act, Ledger, Outcome, Silent
from apps.superset.references.graph import closure
from apps.superset.references.serialization import unpack
from apps.superset.selection import Selection
from apps.superset.tests.fake_superset import FakeSuperset

RECORDINGS = Path(__file__).parent / "recordings" / "6.1"
WAREHOUSE = "11111111-1111-1111-1111-111111111111"
BIRTHS = Key(Kind.DASHBOARD, "02543e07-662c-46be-bb04-fe5afbe1a86c")
SALES = Key(Kind.DASHBOARD, "04f79081-fb49-7bac-7f14-cc76cd2ad93b")
REVENUE = Key(Kind.CHART, "7b12a243-88e0-4dc5-ac33-9a840bb0ac5a")
SALES_DATA = Key(Kind.DATASET, "e8623bb9-5e00-f531-506a-19607f5f8005")


def recorded_ids() -> dict[Key, int]:
    """Ids by key, from the recorded list answers."""
    rows = {kind: json.loads((RECORDINGS / f"{kind}.json").read_text()) for kind in Kind}
    return {Key(kind, row["uuid"]): row["id"] for kind, answer in rows.items() for row in answer["result"]}


@cache
def recorded() -> Bundle:
    """The nine example dashboards as a real 6.1.0 exported them."""
    return read_bundle((RECORDINGS / "all.zip").read_bytes())


def examples(*dashboards: Key) -> FakeSuperset:
    """These of the example dashboards (none named: all nine), under the numbers that they were recorded with."""
    server, bundle, ids = FakeSuperset("dev"), recorded(), recorded_ids()
    roots = dashboards or [asset.key for asset in bundle.of_kind(Kind.DASHBOARD)]
    for key in closure(bundle, roots).keys:
        server.next_id = ids[key]
        server.add(bundle.assets[key])
    server.next_id = 1000
    return server


def tables() -> dict[str, dict[str, list[str]]]:
    """Those that the recorded datasets are on: columns by schema and table."""
    found: dict[str, dict[str, list[str]]] = {"main": {}}
    for asset in recorded().of_kind(Kind.DATASET):
        names = [str(each["column_name"]) for each in asset.document["columns"]]
        found.setdefault(asset.document["schema"] or "main", {})[asset.document["table_name"]] = names
    return found


def production() -> FakeSuperset:
    """Numbers start elsewhere than in the source, so that no number is right by accident."""
    server = FakeSuperset("prod", first_id=500)
    server.tables_of = tables()
    server.documents[Kind.DATABASE][500] = {"uuid": WAREHOUSE, "database_name": "warehouse", "backend": "sqlite"}
    server.next_id = 501
    return server


def database_of(server: FakeSuperset) -> str:
    return next(str(document["uuid"]) for document in server.documents[Kind.DATABASE].values())


class Kept:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.content = b""
        self.intended: list[set[Key]] = []
        self.acts: list[Act] = []
        self.outcomes: dict[int, Outcome] = {}

    def snapshot(self, content: bytes) -> None:
        self.content = content

    def intend(self, act: Act, keys: Sequence[Key]) -> int:
        self.intended.append(set(keys))
        self.acts.append(act)
        self.outcomes[len(self.intended)] = Outcome.INTENDED
        return len(self.intended)

    def leaving(self, number: int) -> None:
        self.outcomes[number] = Outcome.SENT

    def settle(self, number: int, outcome: Outcome) -> None:
        self.outcomes[number] = outcome

    def keys_with(self, *outcomes: Outcome) -> frozenset[Key]:
        return frozenset().union(*(self.intended[n - 1] for n, each in self.outcomes.items() if each in outcomes))

    def open_writes(self, planned: Planned) -> list[Write]:
        """Those of which nobody knows what became."""
        wanted = {change.key: change.after for change in planned.plan.changes}
        return [
            Write(number, self.acts[number - 1], {key: wanted[key] for key in self.intended[number - 1]})
            for number, outcome in self.outcomes.items()
            if outcome is Outcome.SENT
        ]


class Heard(Silent):
    """A reporter that keeps what is logged."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        self.lines.append(str(text))


class World:
    """A source, a target, and the steps that a person takes. Without names, dev has all nine example dashboards."""

    def __init__(self, *dashboards: Key) -> None:
        self.dev, self.prod = examples(*dashboards), production()
        self.mapping = {database_of(self.dev): WAREHOUSE}
        self.ledger = Kept()

    def plan(self, *names: str, **request: Any) -> Planned:
        selection = Selection(names) if names else Selection(everything=True)
        whole = {"mapping": self.mapping, **request}
        return make_plan(self.dev, self.prod, Request(selection, **whole), Silent())

    def apply(self, planned: Planned, **options: Any) -> Result:
        return apply(planned.plan, planned.desired, self.prod, Silent(), self.ledger, **{"patience": 0.0, **options})

    def undo(self, planned: Planned) -> Undo:
        """Of what the last apply wrote, or may have written."""
        snapshot = unpack(self.ledger.content) if self.ledger.content else Bundle({})
        written = self.ledger.keys_with(Outcome.WRITTEN, Outcome.SENT)
        return Undo(planned.plan, planned.desired, snapshot, written)

    def roll_back(self, planned: Planned, *, ledger: Ledger | None = None, **options: Any) -> Result:
        options = {"patience": 0.0, **options}
        return rollback(self.undo(planned), self.prod, Silent(), ledger or Kept(), **options)
