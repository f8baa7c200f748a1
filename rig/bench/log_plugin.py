"""A plugin that writes log lines, to measure and test the live log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.plugins.base import Action, Context, Plugin


@dataclass(frozen=True)
class Params:
    lines: int
    pause: int = 0
    """Milliseconds between two lines."""


def write(context: Context, params: Params) -> Mapping[str, Any]:
    for number in range(1, params.lines + 1):
        context.check_cancelled()
        context.log(f"line {number} of {params.lines}")
        time.sleep(params.pause / 1000)
    return {"lines": params.lines}


plugin = Plugin(
    slug="lines",
    title="Lines",
    version="1",
    actions=(Action(slug="write", title="Write", params=Params, run=write, repeatable=True),),
)
