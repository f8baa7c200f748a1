# [DEF:superset.plan.refusal:Module]
# @COMPLEXITY: 2
# @PURPOSE: Why a plan is refused, as a value that every check can yield.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.superset.errors import PlanUnsafe
from apps.superset.messages.message import Message


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why nothing is planned: its kind, the asset, and one clause with the next step."""

    kind: str
    asset: str
    message: Message
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a program needs to offer a way out: of a database without a counterpart its `uuid`, `candidates`
    and the one that is `suggested`."""

    acknowledge: str = ""
    """The name by which a person may let it pass, such as `restricted:dashboard/UUID`; empty where nobody may."""

    @property
    def text(self) -> str:
        """In English."""
        return str(self.message)

    def to_json(self) -> dict[str, Any]:
        name = {"acknowledge": self.acknowledge} if self.acknowledge else {}
        return {"kind": self.kind, "asset": self.asset, "text": self.text, **self.facts, **name}


def refuse_plan(refusals: Iterable[Refusal], environment: str) -> None:
    """Raise PlanUnsafe with all of them at once."""
    refuse(refusals, environment, "error.plan_unsafe")


def refuse(refusals: Iterable[Refusal], environment: str, key: str = "error.unsafe") -> None:
    """As `refuse_plan`, for what a plan that stands cannot be carried out by; `key` introduces the reasons."""
    if reasons := list(refusals):
        raise PlanUnsafe(
            Message(key, reasons=tuple(reason.message for reason in reasons)),
            environment=environment,
            context={"reasons": [reason.to_json() for reason in reasons]},
        )
