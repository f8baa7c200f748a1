"""Which tasks a round has: quick and slow, reading and writing, repeatable or not, and ending in every way."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from rig.stress.plugin import ASK, CRASH, REFUSE, SUCCEED

ENVIRONMENTS = ("alpha", "beta", "gamma")


@dataclass(frozen=True, slots=True)
class Order:
    """A task that is to be queued, and what is to be done with it afterwards."""

    action: str
    params: dict[str, Any]
    environment: str
    priority: int
    due: float
    """Seconds after the round has begun."""

    cancel_after: float | None = None
    """Seconds after it was queued."""

    answers: bool = True
    retries: bool = False
    """It is to be done again if it ends without success."""


def orders(dice: random.Random, *, mark: str, count: int, seconds: float) -> list[Order]:
    """By the moment at which they are due."""
    made = [_order(dice, f"{mark}/{number}", seconds) for number in range(count)]
    return sorted(made, key=lambda order: order.due)


def _order(dice: random.Random, mark: str, seconds: float) -> Order:
    params = {
        "mark": mark,
        "steps": dice.choice((1, 1, 3, 8)),
        "pause": dice.choice((0, 0, 20, 60)),
        "lines": dice.choice((0, 1, 1, 100)),
        "ending": dice.choices((SUCCEED, REFUSE, CRASH, ASK), weights=(12, 1, 1, 3))[0],
    }
    return Order(
        action=dice.choice(("read", "read_again", "write", "write_again")),
        params=params,
        environment=dice.choice(ENVIRONMENTS),
        priority=dice.choice((0, 0, 0, 5)),
        due=max(0.0, dice.uniform(-0.5, 0.8) * seconds),
        cancel_after=dice.uniform(0.0, 1.0) if dice.random() < 0.1 else None,
        answers=dice.random() < 0.8,
        retries=dice.random() < 0.5,
    )
