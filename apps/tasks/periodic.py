# [DEF:tasks.periodic:Module]
# @COMPLEXITY: 2
# @PURPOSE: Functions that a worker calls once a minute, registered by the apps that they belong to.
"""Functions that a worker calls once a minute, registered by the apps that they belong to: this one imports nothing of
theirs.
"""

from __future__ import annotations

_registered: list[str] = []


def register(function: str) -> None:
    """By its dotted path, as an app is loaded. It may be called by several workers at once, and is quick: what takes
    its time it starts as a task."""
    if function not in _registered:
        _registered.append(function)


def registered() -> tuple[str, ...]:
    return tuple(_registered)
