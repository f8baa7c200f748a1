"""Every place where Superset names an asset by number, in every notation, judged by an independent reader.

The documents of the source are stored unchanged in its database; on the target every number that they use belongs to
another asset. After the migration the target is read by plain REST, place by place: `translated` to the number of the
same asset; `warned` about by the plan; `missed`: unchanged or gone without a warning; `wrong`; `kept`, as what only
looks like a reference must be; `removed` by Superset itself; `left out` where it would not be true.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from apps.superset.assets import Kind
from apps.superset.references.places import JINJA, PLACES
from project.tests.real.documents import (
    APART,
    MISSING,
    TABLES,
    Side,
    at,
    documents,
    get,
    make,
    put_decoys,
    read,
    store,
    written,
)
from project.tests.real.reference_cases import (
    ABSENT,
    CASES,
    CHARTS,
    FRIENDS,
    KIND_OF,
    KINDS,
    LEFT_OUT,
    NUMBER,
    REMOVED,
    RENDERED,
    WARNED,
    WARNED_LINES,
    Case,
    Line,
    lines,
)
from project.tests.real.world import EXAMPLES, EXAMPLES_UUID, World
from rig.servers.pair import WAREHOUSE, WAREHOUSE_UUID

VERDICTS = {"translated": 1035, "warned": 10, "left out": 1, "removed": 1, "kept": 20}
SIDES = {"dev": (EXAMPLES, EXAMPLES_UUID), "prod": (WAREHOUSE, WAREHOUSE_UUID)}


@dataclass
class Judge:
    """Compares the target with what is expected; of Lockstep it knows only the warnings of the plan."""

    source: Side
    target: Side
    warnings: list[str]
    held: Mapping[str, dict[str, Any]]
    verdicts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def all(self) -> None:
        for case in CASES:
            number = self.target.numbers[case.names]
            self.say(str(case), "translated", self.found(case, number), after=self.value(case, number, sent=True))
        for case in WARNED:
            self.warned(str(case), self.found(case, self.source.numbers[case.names]), case.warned, gone=True)
        for verdict, cases in (("removed", REMOVED), ("left out", LEFT_OUT)):
            for case in cases:
                held = self.found(case, self.source.numbers[case.names])
                self.say(str(case), verdict, MISSING if held == [] else held, after=MISSING)
        for case in FRIENDS:
            number = self.source.numbers[case.names]
            self.say(str(case), "kept", self.found(case, number), after=self.value(case, number))
        for line in lines():
            self.say(str(line), "translated", self.row(line), after=written(line, self.target, self.source))
        for line in WARNED_LINES:
            text = line.warned.format(self.source.numbers[line.names])
            before = written(line, self.source, self.source)
            self.warned(str(line), self.row(line), text, gone=False, before=before)
        for name in ("board", "texts"):
            for place, chart in enumerate((*CHARTS, "layer")):
                held = get(self.held[name], ("position_json", f"CHART-{place}", "meta", "chartId"))
                self.say(f"{name}: layout of {chart}", "translated", held, after=self.target.numbers[chart])

    def value(self, case: Case, number: int, *, sent: bool = False) -> Any:
        return (case.sent or case.write)(number) if sent else case.write(number)

    def found(self, case: Case, number: int) -> Any:
        return get(self.held[case.owner], at((*case.path, NUMBER) if case.key else case.path, number))

    def row(self, line: Line) -> Any:
        text = get(self.held[line.owner], line.path)
        rows = text.split("\n") if isinstance(text, str) else []
        return rows[line.place] if line.place < len(rows) else MISSING

    def say(self, name: str, verdict: str, held: Any, *, after: Any) -> None:
        """`wrong` names another asset; unchanged or gone is `missed`."""
        if held == after and type(held) is type(after):
            self.verdicts[verdict] += 1
        else:
            self.fault("missed" if held is MISSING else "wrong", f"{name}: {held!r}, not {after!r}")

    def warned(self, name: str, held: Any, text: str, *, gone: bool, before: Any = MISSING) -> None:
        named = any(text in warning for warning in self.warnings)
        if named and (held in (MISSING, []) if gone else held == before):
            self.verdicts["warned"] += 1
        else:
            self.fault(
                "wrong" if named else "missed",
                f"{name}: {held!r}, and “{text}” is {'' if named else 'not '}in a warning",
            )

    def fault(self, verdict: str, text: str) -> None:
        self.verdicts[verdict] += 1
        self.faults.append(f"{verdict}: {text}")


def warnings_of(planned: Mapping[str, Any]) -> list[str]:
    return [f"{note['kind']} {asset}" for note in planned["plan"]["warnings"] for asset in note["assets"]]


def find_numbers(source: Side, target: Side, uuids: Mapping[str, str]) -> None:
    """The documents on the target, by UUID."""
    for kind in TABLES:
        by_uuid = {row["uuid"]: row["id"] for row in target.rest.rows(kind, "id", "uuid")}
        for name, other in KIND_OF.items():
            if other == kind and name not in ABSENT:
                target.numbers[name] = by_uuid[uuids[name]]
                assert source.numbers[name] in by_uuid.values(), "there has to be a decoy"
                assert target.numbers[name] > APART
                assert target.numbers[name] != source.numbers[name]
    (column,) = target.rest.one("dataset", target.numbers["own"])["columns"]
    target.numbers |= {"column": column["id"]}


def side(world: World, name: str) -> Side:
    rest = {"dev": world.dev, "prod": world.prod}[name]
    (row,) = (row for row in rest.rows("database", "id", "uuid") if row["uuid"] == SIDES[name][1])
    return Side({"dev": world.pair.dev, "prod": world.pair.prod}[name], rest, row["id"])


def migrate(world: World, here: str, there: str) -> Judge:
    source, target = side(world, here), side(world, there)
    uuids = make(source)
    store(source, documents(source, uuids))
    if not target.sql("SELECT 1 FROM slices"):
        make(Side(target.instance, target.rest, target.connection), "decoy")
    put_decoys(source, target)
    dashboards = [uuids[name] for name in KINDS["dashboard"] if name not in ABSENT]
    mapping = f"{SIDES[here][0]}={SIDES[there][0]}"
    chosen = [word for name in dashboards for word in ("--dashboard", name)]
    arguments = ("migration", "plan", here, there, *chosen, "--map-database", mapping, "--format", "json")
    acknowledged = ("--acknowledge", f"jinja:dataset/{uuids['other']}")
    planned = world.run(*arguments, *acknowledged)
    assert planned.code == 2, planned
    applied = world.apply(planned.migration)
    assert applied.code == 0, applied
    again = world.run(*arguments, *acknowledged)
    assert again.code == 0, again
    find_numbers(source, target, uuids)
    held = {name: read(target, name) for name in KIND_OF if name not in ABSENT}
    judge = Judge(source, target, warnings_of(planned.document), held)
    judge.all()
    return judge


def paths() -> Iterator[tuple[Kind, str]]:
    """The tested places, as the table of the engine spells them."""
    for case in (*CASES, *REMOVED):
        names = ["metadata" if name == "json_metadata" else str(name) for name in case.path if name != "(JSON)"]
        kind = Kind(KIND_OF[case.owner])
        yield kind, ".".join([*names, "{}"] if case.key else names)
        if NUMBER in names:
            yield kind, ".".join([*names[: names.index(NUMBER)], "{}"])
    yield Kind.DASHBOARD, "position.CHART-0.meta.chartId"
    for owner, path in RENDERED:
        yield Kind(KIND_OF[owner]), ".".join("metadata" if name == "json_metadata" else str(name) for name in path)


def pattern(path: str) -> re.Pattern[str]:
    steps = {"*": r"[^.{]+", "**": r".+"}
    written = r"\.".join(steps.get(name, re.escape(name)) for name in path.split("."))
    return re.compile(written.replace(r"\..+\.", r"\.(?:.+\.)?"))


def test_every_place_of_the_table_is_tried() -> None:
    tried = list(paths())
    table = [(place.document, place.path) for place in PLACES] + [(kind, path) for kind, path, _ in JINJA]
    untried = [
        path
        for document, path in table
        if not any(kind is document and pattern(path).fullmatch(each) for kind, each in tried)
    ]
    assert untried == []


@pytest.mark.parametrize(("here", "there"), [("dev", "prod"), ("prod", "dev")])
def test_every_number_names_the_same_asset_on_the_target(world: World, here: str, there: str) -> None:
    found = migrate(world, here, there)
    sys.stdout.write(f"{here} → {there}: {dict(found.verdicts)}\n")
    assert found.faults == []
    assert found.verdicts == VERDICTS
