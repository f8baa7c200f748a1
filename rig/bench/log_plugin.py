"""A plugin that only talks: what the live log is measured and tested with."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.plugins.base import Action, Context, Plugin


@dataclass(frozen=True)
class Talk:
    lines: int
    pause: int = 0
    """Milliseconds between two lines."""


def talk(context: Context, params: Talk) -> Mapping[str, Any]:
    for number in range(1, params.lines + 1):
        context.check_cancelled()
        context.log(f"said {number} of {params.lines}")
        time.sleep(params.pause / 1000)
    return {"lines": params.lines}


plugin = Plugin(
    slug="chatter",
    title="Chatter",
    version="1",
    actions=(Action(slug="talk", title="Talk", params=Talk, run=talk, repeatable=True),),
)
