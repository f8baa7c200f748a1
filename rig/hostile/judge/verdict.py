"""How an attack is judged: the claims of Lockstep against plain reads of the real servers.

refused clearly   in one sentence, with exit code 1, no stack trace, and nothing written
lost      an asset, or the work of others, that nobody asked to remove or to overwrite
doubled   done twice where once was meant
between   the target is left between two states, without saying so or without a way back
false     a claim that does not hold: “verified”, “rolled back”, “nothing was written”, “the audit holds”
fault     a stack trace, an “unexpected” error, a hang, an unresponsive server
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rig.hostile.judge.claims import Claim, claims
from rig.hostile.judge.result import CommandResult, crashes, unclear


class Kind(StrEnum):
    LOST = "lost"
    DOUBLED = "doubled"
    BETWEEN = "between"
    FALSE = "false claims"
    FAULT = "faults"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"


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
    if status == "succeeded" and (target_state.from_plan or target_state.outside_plan):
        return [
            Finding(
                Kind.FALSE,
                f"the status is “succeeded”, but {_some(target_state.from_plan + target_state.outside_plan)}",
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
