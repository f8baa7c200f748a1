# [DEF:overview.gauges.gauge:Module]
# @COMPLEXITY: 2
# @PURPOSE: A number about Lockstep as it is now, or several of them apart by labels.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Gauge:
    """The keys of `samples` are tuples of values of the labels, in their order. `meaning` is for who reads it."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    samples: Mapping[Any, float]


def single(name: str, meaning: str, value: float) -> Gauge:
    """One without labels."""
    return Gauge(name, meaning, (), {(): value})


def seconds_since(moment: datetime, now: datetime) -> float:
    """0 for a moment in the future: clocks of machines differ a little."""
    return max(0.0, (now - moment).total_seconds())
