# [DEF:superset.result:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a run did.

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did: the assets it wrote and removed by name, and how many references it repaired; what it found as it
    was to be, and what an undo left because others had changed it."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    repaired: int = 0
    verified: bool = True
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
