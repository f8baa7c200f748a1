"""An attack: its family, the case that it stands for, the state it begins in, and what it does."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rig.hostile.trial import Trial

Script = Callable[..., None]


@dataclass(frozen=True)
class Attack:
    """`ci`: it belongs to the fixed part that every change has to pass. `needs`: what it cannot be tried without.
    `slow`: it waits for a minute or more, and is begun before the others."""

    family: str
    entry: str
    name: str
    state: str
    script: Callable[[Trial], None]
    ci: bool
    needs: tuple[str, ...]
    slow: bool = False


ATTACKS: list[Attack] = []


def attack(
    family: str,
    entry: str,
    *,
    state: str = "mixed",
    ci: bool | tuple[str, ...] = False,
    needs: tuple[str, ...] = (),
    slow: bool = False,
    each: Mapping[str, Any] | None = None,
) -> Callable[[Script], Script]:
    """Register a script, once, or for each of the variants; `ci` may name those that belong to the fixed part."""

    def add(script: Script) -> Script:
        summary = (inspect.getdoc(script) or script.__name__).splitlines()[0].rstrip(".")
        if each is None:
            ATTACKS.append(Attack(family, entry, summary, state, script, bool(ci), needs, slow))
        for name, value in (each or {}).items():
            fixed = ci if isinstance(ci, bool) else name in ci
            ATTACKS.append(
                Attack(family, entry, f"{summary}: {name}", state, _bound(script, value), fixed, needs, slow)
            )
        return script

    return add


def _bound(script: Script, value: Any) -> Callable[[Trial], None]:
    return lambda trial: script(trial, value)
