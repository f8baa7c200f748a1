"""The tasks of a round: quick and slow, reading and writing, repeatable or not, with every outcome."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from rig.stress.plugin import ASK, CRASH, REFUSE, SUCCEED

ENVIRONMENTS = ("alpha", "beta", "gamma")


@dataclass(frozen=True, slots=True)
class Order:
    """A task to queue, and what happens to it afterwards."""

    action: str
    params: dict[str, Any]
    environment: str
    priority: int
    due: float
    """Seconds after the start of the round."""

    cancel_after: float | None = None
    """Seconds after queueing."""

    answers: bool = True
    retries: bool = False
    """Whether the task is retried if it ends without success."""


def orders(rng: random.Random, *, mark: str, count: int, seconds: float) -> list[Order]:
    """Sorted by the moment at which they are due."""
    made = [_order(rng, f"{mark}/{number}", seconds) for number in range(count)]
    return sorted(made, key=lambda order: order.due)


def _order(rng: random.Random, mark: str, seconds: float) -> Order:
    params = {
        "mark": mark,
        "steps": rng.choice((1, 1, 3, 8)),
        "pause": rng.choice((0, 0, 20, 60)),
        "lines": rng.choice((0, 1, 1, 100)),
        "ending": rng.choices((SUCCEED, REFUSE, CRASH, ASK), weights=(12, 1, 1, 3))[0],
    }
    return Order(
        action=rng.choice(("read", "read_again", "write", "write_again")),
        params=params,
        environment=rng.choice(ENVIRONMENTS),
        priority=rng.choice((0, 0, 0, 5)),
        due=max(0.0, rng.uniform(-0.5, 0.8) * seconds),
        cancel_after=rng.uniform(0.0, 1.0) if rng.random() < 0.1 else None,
        answers=rng.random() < 0.8,
        retries=rng.random() < 0.5,
    )
