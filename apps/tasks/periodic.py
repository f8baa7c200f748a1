# [DEF:tasks.periodic:Module]
# @COMPLEXITY: 2
# @PURPOSE: Functions that workers call by themselves, registered by the apps that own them.
"""An app registers dotted paths while it is loaded, so this module imports nothing of theirs."""

from __future__ import annotations

from dataclasses import dataclass

_every_minute: list[str] = []
_clean_ups: list[CleanUp] = []


@dataclass(frozen=True, slots=True)
class CleanUp:
    """`function` takes the current time, removes expired rows, and returns how many there were."""

    name: str
    """The key of that number in the result of the retention task."""

    function: str


def register(function: str) -> None:
    """Call this function once a minute. Several workers may call it at once, and it must be quick: long work is started
    as a task."""
    if function not in _every_minute:
        _every_minute.append(function)


def registered() -> tuple[str, ...]:
    return tuple(_every_minute)


def register_clean_up(name: str, function: str) -> None:
    """Call this function in the daily retention task."""
    clean_up = CleanUp(name, function)
    if clean_up not in _clean_ups:
        _clean_ups.append(clean_up)


def clean_ups() -> tuple[CleanUp, ...]:
    return tuple(_clean_ups)
