# [DEF:superset.plan.refusal:Module]
# @COMPLEXITY: 2
# @PURPOSE: A reason to refuse a plan, as a value that every check can yield.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.superset.errors import PlanUnsafe
from apps.superset.messages.message import Message


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why the plan is refused: its kind, the asset, and one clause with the next step."""

    kind: str
    asset: str
    message: Message
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Data for a program to offer a solution: for a database without a counterpart, its `uuid`, `candidates` and the
    one that is `suggested`."""

    acknowledge: str = ""
    """The name to acknowledge it by, such as `restricted:dashboard/UUID`; empty if it cannot be acknowledged."""

    @property
    def text(self) -> str:
        """In English."""
        return str(self.message)

    def to_json(self) -> dict[str, Any]:
        name = {"acknowledge": self.acknowledge} if self.acknowledge else {}
        facts = {key: _in_english(fact) for key, fact in self.facts.items()}
        return {"kind": self.kind, "asset": self.asset, "text": self.text, **facts, **name}


def _in_english(fact: Any) -> Any:
    if isinstance(fact, Mapping):
        return {key: _in_english(each) for key, each in fact.items()}
    if isinstance(fact, list):
        return [_in_english(each) for each in fact]
    return str(fact) if isinstance(fact, Message) else fact


def refuse_plan(refusals: Iterable[Refusal], environment: str) -> None:
    """Raise PlanUnsafe with all of them at once."""
    refuse(refusals, environment, "error.plan_unsafe")


def refuse(refusals: Iterable[Refusal], environment: str, key: str = "error.unsafe") -> None:
    """As `refuse_plan`, for reasons why an existing plan cannot be carried out; `key` introduces the reasons."""
    if reasons := list(refusals):
        refused = PlanUnsafe(
            Message(key, reasons=tuple(reason.message for reason in reasons)),
            environment=environment,
            context={"reasons": [reason.to_json() for reason in reasons]},
        )
        refused.refusals = tuple(reasons)
        raise refused
