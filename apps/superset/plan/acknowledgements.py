# [DEF:superset.plan.acknowledgements:Module]
# @COMPLEXITY: 2
# @PURPOSE: Refusals that a person acknowledged by name; they become warnings of the plan.

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from apps.superset.messages.message import Message
from apps.superset.plan.plan import Note
from apps.superset.plan.refusal import Refusal


def split(refusals: Iterable[Refusal], names: Collection[str]) -> tuple[list[Refusal], list[Refusal]]:
    """The remaining refusals, and the acknowledged ones. A refusal without a name always remains."""
    stands: list[Refusal] = []
    passed: list[Refusal] = []
    for refusal in refusals:
        (passed if refusal.acknowledge and refusal.acknowledge in names else stands).append(refusal)
    return stands, passed


def acknowledged_notes(passed: Iterable[Refusal]) -> tuple[Note, ...]:
    """One warning each, so that approvers see what was acknowledged."""
    return tuple(
        Note(refusal.kind, Message("note.acknowledged", refusal=refusal.message), (refusal.asset,))
        for refusal in passed
    )


def unmatched(names: Collection[str], passed: Iterable[Refusal]) -> Iterator[Refusal]:
    """Names that match no refusal: a mistake, or a refusal that no longer applies."""
    for name in sorted(set(names) - {refusal.acknowledge for refusal in passed}):
        yield Refusal("acknowledged_nothing", name, Message("refusal.acknowledged_nothing", name=name))
