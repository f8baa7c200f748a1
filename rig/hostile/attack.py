"""An attack: its family, the case that it represents, the state that it starts in, and its script."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rig.hostile.trial import Trial

Script = Callable[..., None]


@dataclass(frozen=True)
class Attack:
    """`ci`: part of the fixed part that every change must pass. `needs`: requirements without which it is skipped.
    `slow`: waits for a minute or more, and therefore starts first. `servers`: which two, of `arena.SERVERS`."""

    family: str
    entry: str
    name: str
    state: str
    script: Callable[[Trial], None]
    ci: bool
    needs: tuple[str, ...]
    slow: bool = False
    servers: str = ""


REGISTERED: dict[str, list[Attack]] = defaultdict(list)
"""Attacks by the module that has their script."""


def attack(
    family: str,
    entry: str,
    *,
    state: str = "mixed",
    ci: bool | tuple[str, ...] = False,
    needs: tuple[str, ...] = (),
    slow: bool = False,
    servers: str = "",
    each: Mapping[str, Any] | None = None,
) -> Callable[[Script], Script]:
    """Register a script once, or once per variant; `ci` may name the variants of the fixed part."""

    def add(script: Script) -> Script:
        summary = (inspect.getdoc(script) or script.__name__).splitlines()[0].rstrip(".")
        registered = REGISTERED[script.__module__]
        if each is None:
            registered.append(Attack(family, entry, summary, state, script, bool(ci), needs, slow, servers))
        for name, value in (each or {}).items():
            fixed = ci if isinstance(ci, bool) else name in ci
            registered.append(
                Attack(family, entry, f"{summary}: {name}", state, _bound(script, value), fixed, needs, slow, servers)
            )
        return script

    return add


def _bound(script: Script, value: Any) -> Callable[[Trial], None]:
    return lambda trial: script(trial, value)
