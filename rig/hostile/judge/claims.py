"""What Lockstep claims: a command's output, taken the way a reader would."""

from __future__ import annotations

import re
from enum import StrEnum

from rig.hostile.judge.result import CommandResult


class Claim(StrEnum):
    """What a reader understands from the output of a command."""

    APPLIED = "applied, verified"
    ROLLED_BACK = "rolled back, verified"
    NOTHING_WRITTEN = "nothing was written"
    SOMETHING_WRITTEN = "something was written"
    OPEN = "the outcome is open"


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


def claims(result: CommandResult) -> frozenset[Claim]:
    found = {claim for claim, pattern in PATTERNS if pattern.search(result.text)}
    if Claim.ROLLED_BACK in found and result.arguments[:2] == ("migration", "apply"):
        found.discard(Claim.ROLLED_BACK)
    if Claim.APPLIED in found and result.arguments[:2] == ("migration", "rollback"):
        found.discard(Claim.APPLIED)  # the summary of a rollback also says “verified”
    return frozenset(found)
