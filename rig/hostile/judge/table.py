"""The table of a run: one judgement per attack, counted by family."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from rig.hostile.judge.verdict import Finding, Kind


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result of one attack. `skipped`: why it could not run."""

    family: str
    name: str
    entry: str
    findings: tuple[Finding, ...] = ()
    refused: bool = False
    skipped: str = ""
    seconds: float = 0.0
    transcript: tuple[str, ...] = field(default=(), repr=False)

    @property
    def stands(self) -> bool:
        return not self.findings and not self.skipped


COLUMNS = ("tried", "withstood", "refused clearly", *(kind.value for kind in Kind), "skipped")


def counted(judgements: Collection[Judgement]) -> dict[str, int]:
    """One row of the table."""
    row = dict.fromkeys(COLUMNS, 0)
    for judgement in judgements:
        if judgement.skipped:
            row["skipped"] += 1
            continue
        row["tried"] += 1
        if judgement.stands:
            row["refused clearly" if judgement.refused else "withstood"] += 1
        for kind in {finding.kind for finding in judgement.findings}:
            row[kind.value] += 1
    return row


def table(judgements: Collection[Judgement]) -> list[list[str]]:
    """A row per family and one for all, below the heads."""
    families = sorted({judgement.family for judgement in judgements})
    rows = [["family", *COLUMNS]]
    for family in families:
        row = counted([judgement for judgement in judgements if judgement.family == family])
        rows.append([family, *(str(row[column]) for column in COLUMNS)])
    total = counted(judgements)
    return [*rows, ["all", *(str(total[column]) for column in COLUMNS)]]


def as_markdown(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| "
        + " | ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in rows
    ]
    rule = (
        "|"
        + "|".join(("-" * (width + 1) + ":") if at else ("-" * (width + 2)) for at, width in enumerate(widths))
        + "|"
    )
    return "\n".join([lines[0], rule, *lines[1:]])
