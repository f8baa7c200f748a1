"""`python -m rig.fidelity`: writes docs/fidelity.md from what the tests of the releases saw.

Each run of a pair of releases (`make test-releases`) leaves a file of what became of the assets; the page contains
nothing else. With --check prints whether the page is up to date, and exits with 1 if it is not.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rig import paths
from rig.check.checker import Comparison
from rig.check.fidelity import Fate
from rig.servers.releases import LINES, RELEASES

SEEN = paths.CHECKOUT / "project/tests/releases/seen"
PAGE = paths.CHECKOUT / "docs/fidelity.md"
KINDS = ("dashboard", "chart", "dataset")


@dataclass(frozen=True)
class Report:
    """What a migration of everything between two releases did. `fields` counts the assets by field and fate; `losses`
    are those of the plan that are about releases, with their numbers of assets."""

    pair: str
    counts: Mapping[str, int]
    fields: Mapping[str, Mapping[str, int]]
    losses: Mapping[str, int]
    everything: Mapping[str, Any] = field(default_factory=dict)
    """What became of the dashboard that has everything: see `Hanging`."""

    @classmethod
    def of(cls, pair: str, result: Comparison, losses: Sequence[Mapping[str, Any]]) -> Report:
        fields: dict[str, dict[str, int]] = {fate: {} for fate in Fate}
        for (kind, name, fate), count in sorted(result.seen.items()):
            fields[fate][f"{kind}.{name}"] = count
        return cls(pair, dict(result.counts), fields, {each["text"]: len(each["assets"]) for each in losses})


@dataclass(frozen=True)
class Hanging:
    """What became of a dashboard that has everything and of what hangs on it. `fates` by the word that a plan carries
    it by."""

    fates: Mapping[str, str]
    counts: Mapping[str, int]
    fields: Mapping[str, Mapping[str, int]]
    losses: Mapping[str, int]

    @classmethod
    def of(
        cls,
        source: Collection[str],
        travelled: Collection[str],
        result: Comparison,
        losses: Sequence[Mapping[str, Any]],
    ) -> Hanging:
        fates = {name: "travels" if name in travelled else Fate.LOST.value for name in source}
        report = Report.of("", result, losses)
        return cls(fates, report.counts, report.fields, report.losses)


def save(pair: str, **parts: Any) -> None:
    """These parts of what was seen of a pair; the others stay."""
    path = SEEN / f"{pair}.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    text = json.dumps({**known, "pair": pair, **parts}, indent=1, sort_keys=True, ensure_ascii=False)
    SEEN.mkdir(exist_ok=True)
    # Another pair may be reading: a report appears whole
    part = path.with_suffix(".part")
    part.write_text(f"{text}\n")
    part.replace(path)


def saved() -> dict[str, Report]:
    """The reports by their pair."""
    found = (Report(**json.loads(path.read_text())) for path in sorted(SEEN.glob("*.json")))
    return {report.pair: report for report in found}


# --- the page


def page(reports: Mapping[str, Report]) -> str:
    parts = [INTRODUCTION, *_table(reports), "", EVERYTHING, *_fates(reports), "", *_details(reports)]
    return "\n".join(parts).rstrip() + "\n"


INTRODUCTION = f"""\
# Fidelity

What arrives, for each pair of Superset releases ({", ".join(RELEASES)}). The tests write this page from what
they saw: `make test-releases` starts both servers, migrates Superset's nine example dashboards with their charts and
datasets, and a tenth that uses what its release has and others do not, and compares the exports of both sides without
Lockstep's code. Each run also checks that a second plan is empty, that a change follows, and that an undo restores the
target's export exactly.

A number in the table is of assets that arrived; *lost* and *converted* count fields.
"""

EVERYTHING = """\
## A dashboard that has everything

Beside them, one dashboard with tabs, native and cross filters, scopes, customizations, annotation layers, several
layers of a map, a stored query, links in a text, virtual datasets with Jinja, and all that hangs on a dashboard:
migrated with `--carry all` to a target where no number is the same. Its content arrives in every pair, or the section
of the pair below says what does not. What hangs on it is read by plain requests on both sides; who sees it, and which
rows, in other people's own lists and queries. An undo takes it all back.

*lost*: the plan says so before anything is written.
*-*: the release of the source has none.
"""


def _fates(reports: Mapping[str, Report]) -> Iterator[str]:
    shown = {name: report.everything.get("fates", {}) for name, report in reports.items()}
    names = sorted({name for fates in shown.values() for name in fates})
    if not names:
        return
    yield f"| from - to | {' | '.join(names)} |"
    yield f"| --- |{' --- |' * len(names)}"
    for pair in (f"{source}-{target}" for source in LINES for target in LINES):
        fates = shown.get(pair)
        cells = [fates.get(name, "-") for name in names] if fates else ["not run"] * len(names)
        yield f"| **{pair.replace('-', ' - ')}** | {' | '.join(cells)} |"


def _table(reports: Mapping[str, Report]) -> Iterator[str]:
    yield f"| from \\ to | {' | '.join(LINES)} |"
    yield f"| --- |{' --- |' * len(LINES)}"
    for source in LINES:
        cells = (_cell(reports.get(f"{source}-{target}")) for target in LINES)
        yield f"| **{source}** | {' | '.join(cells)} |"


def _cell(report: Report | None) -> str:
    if report is None:
        return "not run"
    counted = [f"{len(report.fields[fate])} {fate}" for fate in Fate if report.fields[fate]]
    return ", ".join([str(sum(report.counts.values())), *counted])


def _details(reports: Mapping[str, Report]) -> Iterator[str]:
    for name in (f"{source}-{target}" for source in LINES for target in LINES):
        report = reports.get(name)
        if report is None:
            continue
        yield f"## {name.replace('-', ' to ')}"
        yield ""
        yield ", ".join(f"{report.counts.get(kind, 0)} {kind}s" for kind in KINDS) + "."
        yield ""
        yield from _lines(report)


def _lines(report: Report) -> Iterator[str]:
    lines = [
        *(f"* {fate.capitalize()}: {_counted(report.fields[fate])}" for fate in Fate if report.fields[fate]),
        *(f"* The plan says: {text} ({count})" for text, count in report.losses.items()),
    ]
    yield from [*lines, ""] if lines else ()
    if everything := report.everything:
        yield "The dashboard that has everything:"
        yield ""
        parts = Report(report.pair, everything["counts"], everything["fields"], everything["losses"])
        yield from _lines(parts)


def _counted(fields: Mapping[str, int]) -> str:
    return ", ".join(f"`{name}` ({count})" for name, count in fields.items())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m rig.fidelity", description="Write docs/fidelity.md from what the tests of the releases saw."
    )
    parser.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args(arguments)
    text = page(saved())
    if options.check:
        return _check(PAGE, text)
    PAGE.write_text(text)
    print(f"{PAGE} written")
    return 0


def _check(path: Path, text: str) -> int:
    equal = path.exists() and path.read_text() == text
    print("docs/fidelity.md is up to date" if equal else "docs/fidelity.md is out of date: python -m rig.fidelity")
    return int(not equal)


if __name__ == "__main__":
    raise SystemExit(main())
