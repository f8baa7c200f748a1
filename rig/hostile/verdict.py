"""How an attack is judged: what Lockstep said, held against what plain reads of the real servers show.

refused   in one sentence, with exit code 1, no stack trace, and nothing written
lost      an asset, or somebody's work, that nobody asked to remove or to overwrite
doubled   done twice where once was meant
between   the target is left half-way, and that is not told or cannot be undone
false     a claim that does not hold: “verified”, “rolled back”, “nothing was written”, “the audit holds”
fault     a stack trace, an “unexpected”, a hang, a server that answers nobody: nothing false, but nothing to stand on
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    LOST = "lost"
    DOUBLED = "doubled"
    BETWEEN = "between"
    FALSE = "false claims"
    FAULT = "faults"


class Claim(StrEnum):
    """What a reader would take a command's words for."""

    APPLIED = "applied, verified"
    ROLLED_BACK = "rolled back, verified"
    NOTHING_WRITTEN = "nothing was written"
    SOMETHING_WRITTEN = "something was written"
    OPEN = "the outcome is open"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and how long it took."""

    words: tuple[str, ...]
    code: int | None
    out: str
    err: str
    seconds: float = 0.0
    memory: float = 0.0
    """Megabytes, at most."""

    @property
    def text(self) -> str:
        return f"{self.out}\n{self.err}".strip()

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def last(self) -> str:
        """The sentence that a refusal ends with."""
        lines = [line for line in self.err.strip().splitlines() if line.strip()]
        return lines[-1] if lines else ""

    @property
    def succeeded(self) -> bool:
        return self.code == 0

    @property
    def refused(self) -> bool:
        return self.code == 1 and not any(crashes(self))

    def __str__(self) -> str:
        said = " ".join((self.last if self.code else self.out or self.last).split())
        return f"`{' '.join(self.words)}` → {self.code}: {said[-300:]}"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is so on the target, read by plain requests. Sentences; empty where there is none.

    `from_before` leaves out what somebody else did meanwhile, which is in `lost` if it is gone.
    """

    from_before: tuple[str, ...] = ()
    from_plan: tuple[str, ...] = ()
    beside_plan: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def untouched(self) -> bool:
        return not self.from_before


PATTERNS = (
    (
        Claim.APPLIED,
        re.compile(r"\bApplied migration \d+ on .*verified|\bdone: \d+ written, \d+ removed, verified", re.DOTALL),
    ),
    (
        Claim.ROLLED_BACK,
        re.compile(
            r"\bRolled back migration \d+\b|\brolled back already|\bhas (already )?been rolled back\b", re.IGNORECASE
        ),
    ),
    (Claim.NOTHING_WRITTEN, re.compile(r"\bnothing (was|has been|had been) (written|changed|sent)\b", re.IGNORECASE)),
    (
        Claim.SOMETHING_WRITTEN,
        re.compile(r"\b[1-9]\d* assets? (had been|has been|have been|was|were) written", re.IGNORECASE),
    ),
    (Claim.OPEN, re.compile(r"\b(open|not known|unknown|may still|can still|whether)\b", re.IGNORECASE)),
)
TRACES = re.compile(r"Traceback \(most recent|\b[A-Z]\w+Error\b: |\bunexpected(ly)? (fault|error|failure)\b")
SENTENCE_LIMIT = 5000
STOPPED = 130
"""By Ctrl-C."""


def claims(said: Said) -> frozenset[Claim]:
    found = {claim for claim, pattern in PATTERNS if pattern.search(said.text)}
    if Claim.ROLLED_BACK in found and said.words[:2] == ("migration", "apply"):
        found.discard(Claim.ROLLED_BACK)
    if Claim.APPLIED in found and said.words[:2] == ("migration", "rollback"):
        found.discard(Claim.APPLIED)  # “done: 0 written, 3 removed, verified” of the undoing
    return frozenset(found)


def crashes(said: Said) -> Iterator[str]:
    """What no command may end in."""
    if said.code is None:
        yield f"`{' '.join(said.words)}` did not end within {said.seconds:.0f} s"
    elif said.code not in (0, 1, 2, STOPPED):
        yield f"`{' '.join(said.words)}` ended with {said.code}: {said.last[:300]}"
    if found := TRACES.search(said.text):
        at = said.text.rfind("\n", 0, found.start()) + 1
        yield f"a stack trace or an internal name: {said.text[at : at + 200]}"


def unclear(said: Said) -> Iterator[str]:
    """Why the refusal is not one clear sentence."""
    if said.code == 1 and not said.text:
        yield "it refused without a word"
    if len(said.last) > SENTENCE_LIMIT:
        yield f"its sentence has {len(said.last)} characters"


def judged(said: Said, truth: Truth) -> list[Finding]:
    """One command's words, held against the target as it is now."""
    found = claims(said)
    findings = [Finding(Kind.FAULT, sentence) for sentence in (*crashes(said), *unclear(said))]
    findings += [Finding(Kind.FALSE, sentence) for sentence in _false(said, found, truth)]
    findings += [Finding(Kind.LOST, _some(truth.lost))] if truth.lost else []
    return findings


def _false(said: Said, found: Collection[Claim], truth: Truth) -> Iterator[str]:
    if Claim.APPLIED in found and (truth.from_plan or truth.beside_plan):
        yield f"“applied, verified”, and {_some(truth.from_plan + truth.beside_plan)}"
    if Claim.ROLLED_BACK in found and truth.from_before:
        yield f"“rolled back”, and {_some(truth.from_before)}"
    if Claim.NOTHING_WRITTEN in found and Claim.SOMETHING_WRITTEN in found:
        yield f"both “nothing was written” and “… had been written”: {said.last[:300]}"
    elif Claim.NOTHING_WRITTEN in found and truth.from_before and said.words[:2] == ("migration", "apply"):
        yield f"“nothing was written”, and {_some(truth.from_before)}"
    elif Claim.SOMETHING_WRITTEN in found and truth.untouched and said.words[:2] == ("migration", "apply"):
        yield f"“… had been written”, and the target is what it was: {said.last[:300]}"


def ended(status: str, truth: Truth) -> list[Finding]:
    """A migration's status, held against the target when nothing more is under way."""
    if status == "done" and (truth.from_plan or truth.beside_plan):
        return [Finding(Kind.FALSE, f"it is “done”, and {_some(truth.from_plan + truth.beside_plan)}")]
    if status == "rolled back" and truth.from_before:
        return [Finding(Kind.FALSE, f"it is “rolled back”, and {_some(truth.from_before)}")]
    if status in ("planned", "approved", "submitted", "draft") and truth.from_before:
        return [Finding(Kind.BETWEEN, f"it is “{status}” as if nothing had been sent, and {_some(truth.from_before)}")]
    return []


def _some(sentences: tuple[str, ...]) -> str:
    more = f" and {len(sentences) - 3} more" if len(sentences) > 3 else ""
    return "; ".join(sentences[:3])[:500] + more


# --- the table


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one attack. `left_out`: why it could not be tried."""

    family: str
    name: str
    entry: str
    findings: tuple[Finding, ...] = ()
    refused: bool = False
    left_out: str = ""
    seconds: float = 0.0
    story: tuple[str, ...] = field(default=(), repr=False)

    @property
    def stands(self) -> bool:
        return not self.findings and not self.left_out


COLUMNS = ("tried", "done right", "refused clearly", *(kind.value for kind in Kind), "left out")


def counted(judgements: Collection[Judgement]) -> dict[str, int]:
    """A row of the table."""
    row = dict.fromkeys(COLUMNS, 0)
    for judgement in judgements:
        if judgement.left_out:
            row["left out"] += 1
            continue
        row["tried"] += 1
        if judgement.stands:
            row["refused clearly" if judgement.refused else "done right"] += 1
        for kind in {finding.kind for finding in judgement.findings}:
            row[kind.value] += 1
    return row


def table(judgements: Collection[Judgement]) -> list[list[str]]:
    """A row for each family and one for all, under their heads."""
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
