# [DEF:core.policies:Module]
# @COMPLEXITY: 2
# @PURPOSE: Verdicts: whether an action is allowed, and why not, checked before the attempt with the same guards.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apps.core.errors import LockstepError

Guard = Callable[[], object]
"""Returns if the action is allowed; otherwise raises the LockstepError that an attempt would raise."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an action may be started now; if not, the reason is a sentence, and `who` are the names of people who
    may, where somebody else may and that is known."""

    allowed: bool
    reason: str = ""
    who: tuple[str, ...] = ()


def verdict(guard: Guard) -> Verdict:
    try:
        guard()
    except LockstepError as refusal:
        return Verdict(allowed=False, reason=str(refusal))
    return Verdict(allowed=True)


def verdicts(**guards: Guard) -> dict[str, Verdict]:
    """Action → verdict, for an object's `allowed_actions`."""
    return {action: verdict(guard) for action, guard in guards.items()}
