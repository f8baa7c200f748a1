# [DEF:superset.plan.refusal:Module]
# @COMPLEXITY: 3
# @PURPOSE: Why a plan refuses itself, as a value that every check can yield.
# @RELATION DEPENDS_ON -> superset.errors

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.superset.errors import PlanUnsafe


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why nothing is planned: its kind, the asset, and one sentence with the next step."""

    kind: str
    asset: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a program needs to offer a way out: of a database without a counterpart its `uuid` and `candidates`."""

    acknowledge: str = ""
    """The name by which a person may let it pass, such as `restricted:dashboard/UUID`; empty where nobody may."""

    def to_json(self) -> dict[str, Any]:
        name = {"acknowledge": self.acknowledge} if self.acknowledge else {}
        return {"kind": self.kind, "asset": self.asset, "text": self.text, **self.facts, **name}


def refuse_plan(refusals: Iterable[Refusal], environment: str) -> None:
    """Raise PlanUnsafe with all of them at once."""
    if reasons := list(refusals):
        raise PlanUnsafe(
            "the plan refuses itself: " + "; ".join(reason.text for reason in reasons),
            environment=environment,
            context={"reasons": [reason.to_json() for reason in reasons]},
        )
