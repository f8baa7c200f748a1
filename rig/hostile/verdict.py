"""How an attack is judged: the claims of Lockstep against plain reads of the real servers.

refused clearly   in one sentence, with exit code 1, no stack trace, and nothing written
lost      an asset, or the work of others, that nobody asked to remove or to overwrite
doubled   done twice where once was meant
between   the target is left between two states, without saying so or without a way back
false     a claim that does not hold: “verified”, “rolled back”, “nothing was written”, “the audit holds”
fault     a stack trace, an “unexpected” error, a hang, an unresponsive server
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
    """What a reader understands from the output of a command."""

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
class CommandResult:
    """Output, duration and memory of a command."""

    arguments: tuple[str, ...]
    code: int | None
    out: str
    err: str
    seconds: float = 0.0
    memory: float = 0.0
    """Peak, in megabytes."""

    @property
    def text(self) -> str:
        return f"{self.out}\n{self.err}".strip()

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def last(self) -> str:
        """The last line of standard error: the sentence of a refusal."""
        lines = [line for line in self.err.strip().splitlines() if line.strip()]
        return lines[-1] if lines else ""

    @property
    def succeeded(self) -> bool:
        return self.code == 0

    @property
    def refused(self) -> bool:
        return self.code == 1 and not any(crashes(self))

    def __str__(self) -> str:
        result = " ".join((self.last if self.code else self.out or self.last).split())
        return f"`{' '.join(self.arguments)}` → {self.code}: {result[-300:]}"


@dataclass(frozen=True, slots=True)
class TargetState:
    """Differences of the target, read by plain requests, as sentences.

    `from_before` excludes the work of others, which is in `lost` if it is gone.
    """

    from_before: tuple[str, ...] = ()
    from_plan: tuple[str, ...] = ()
    outside_plan: tuple[str, ...] = ()
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
            r"\bRolled back migration \d+\b|\brolled back already|\balready rolled back"
            r"|\bhas (already )?been rolled back\b",
            re.IGNORECASE,
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
"""Exit code after Ctrl-C."""


def claims(result: CommandResult) -> frozenset[Claim]:
    found = {claim for claim, pattern in PATTERNS if pattern.search(result.text)}
    if Claim.ROLLED_BACK in found and result.arguments[:2] == ("migration", "apply"):
        found.discard(Claim.ROLLED_BACK)
    if Claim.APPLIED in found and result.arguments[:2] == ("migration", "rollback"):
        found.discard(Claim.APPLIED)  # the summary of a rollback also says “verified”
    return frozenset(found)


def crashes(result: CommandResult) -> Iterator[str]:
    """Crashes and hangs, which no command may end in."""
    if result.code is None:
        yield f"`{' '.join(result.arguments)}` did not end within {result.seconds:.0f} s"
    elif result.code not in (0, 1, 2, STOPPED):
        yield f"`{' '.join(result.arguments)}` ended with {result.code}: {result.last[:300]}"
    if found := TRACES.search(result.text):
        at = result.text.rfind("\n", 0, found.start()) + 1
        yield f"a stack trace or an internal name: {result.text[at : at + 200]}"


def unclear(result: CommandResult) -> Iterator[str]:
    """Why a refusal is not one clear sentence."""
    if result.code == 1 and not result.text:
        yield "it refused without a message"
    if len(result.last) > SENTENCE_LIMIT:
        yield f"its message has {len(result.last)} characters"


def judged(result: CommandResult, target_state: TargetState) -> list[Finding]:
    """Compare the claims of a command with the current target."""
    found = claims(result)
    findings = [Finding(Kind.FAULT, sentence) for sentence in (*crashes(result), *unclear(result))]
    findings += [Finding(Kind.FALSE, sentence) for sentence in _false(result, found, target_state)]
    findings += [Finding(Kind.LOST, _some(target_state.lost))] if target_state.lost else []
    return findings


def _false(result: CommandResult, found: Collection[Claim], target_state: TargetState) -> Iterator[str]:
    if Claim.APPLIED in found and (target_state.from_plan or target_state.outside_plan):
        yield f"claimed “applied, verified”, but {_some(target_state.from_plan + target_state.outside_plan)}"
    if Claim.ROLLED_BACK in found and target_state.from_before:
        yield f"claimed “rolled back”, but {_some(target_state.from_before)}"
    if Claim.NOTHING_WRITTEN in found and Claim.SOMETHING_WRITTEN in found:
        yield f"claimed both “nothing was written” and “… had been written”: {result.last[:300]}"
    elif Claim.NOTHING_WRITTEN in found and target_state.from_before and result.arguments[:2] == ("migration", "apply"):
        yield f"claimed “nothing was written”, but {_some(target_state.from_before)}"
    elif Claim.SOMETHING_WRITTEN in found and target_state.untouched and result.arguments[:2] == ("migration", "apply"):
        yield f"claimed “… had been written”, but the target is unchanged: {result.last[:300]}"


def ended(status: str, target_state: TargetState) -> list[Finding]:
    """Compare the status of a migration with the target when nothing is under way."""
    if status == "done" and (target_state.from_plan or target_state.outside_plan):
        return [
            Finding(
                Kind.FALSE, f"the status is “done”, but {_some(target_state.from_plan + target_state.outside_plan)}"
            )
        ]
    if status == "rolled back" and target_state.from_before:
        return [Finding(Kind.FALSE, f"the status is “rolled back”, but {_some(target_state.from_before)}")]
    if status in ("planned", "approved", "submitted", "draft") and target_state.from_before:
        return [
            Finding(
                Kind.BETWEEN,
                f"the status is “{status}” as if nothing had been sent, but {_some(target_state.from_before)}",
            )
        ]
    return []


def _some(sentences: tuple[str, ...]) -> str:
    more = f" and {len(sentences) - 3} more" if len(sentences) > 3 else ""
    return "; ".join(sentences[:3])[:500] + more


# --- the table


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
