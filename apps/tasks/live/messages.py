# [DEF:tasks.live.messages:Module]
# @COMPLEXITY: 3
# @PURPOSE: What is sent through a socket, each as one JSON object. `docs/api-live.md` tells it to those who write
#   clients.
# @RELATION DEPENDS_ON -> core.api.rendering

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

import orjson

from apps.core.api.rendering import OPTIONS


class TaskMessage(TypedDict):
    """At first, and when any of it changes: id, state, attempts, started, finished, stages, progress."""

    type: Literal["task"]
    task: Mapping[str, Any]


class LinesMessage(TypedDict):
    """Lines in order, as the REST API has them. `last` is what to ask for next after a break."""

    type: Literal["lines"]
    lines: Sequence[Any]
    last: int


class EndMessage(TypedDict):
    """The task has ended and all was told; `last` is the number of its last line, whichever were asked for."""

    type: Literal["end"]
    state: str
    last: int


class ActivityMessage(TypedDict):
    """How many tasks there are in each state, and those that are new or have another state than before: rows as the
    list of the REST API has them."""

    type: Literal["activity"]
    counts: Mapping[str, int]
    tasks: Sequence[Mapping[str, Any]]


class BeatMessage(TypedDict):
    """Nothing to tell, but the connection is alive."""

    type: Literal["beat"]


Message = TaskMessage | LinesMessage | EndMessage | ActivityMessage | BeatMessage


def encoded(message: Message) -> str:
    return orjson.dumps(message, default=str, option=OPTIONS).decode()


def encoded_line(row: Mapping[str, Any]) -> bytes:
    return orjson.dumps(row, default=str, option=OPTIONS)
