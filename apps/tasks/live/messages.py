# [DEF:tasks.live.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: The JSON messages that a socket sends; described for authors of clients in `docs/api-live.md`.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

import orjson

from apps.core.api.rendering import OPTIONS


class TaskMessage(TypedDict):
    """At first, and when any of it changes: id, title, migration, state, attempts, started, finished, stages, progress,
    as the REST API has them."""

    type: Literal["task"]
    task: Mapping[str, Any]


class LinesMessage(TypedDict):
    """Lines in order, as the REST API has them. After a reconnect, continue from `last`."""

    type: Literal["lines"]
    lines: Sequence[Any]
    last: int


class EndMessage(TypedDict):
    """The task has ended and all lines were sent; `last` is the number of its last line, whatever the filter."""

    type: Literal["end"]
    state: str
    last: int


class ActivityMessage(TypedDict):
    """How many tasks there are in each state, and the tasks that are new or have changed state: rows as in the list of
    the REST API, but without the names of others who may do something."""

    type: Literal["activity"]
    counts: Mapping[str, int]
    tasks: Sequence[Mapping[str, Any]]


class HeartbeatMessage(TypedDict):
    """The connection is alive; nothing has changed."""

    type: Literal["beat"]


Message = TaskMessage | LinesMessage | EndMessage | ActivityMessage | HeartbeatMessage


def encoded(message: Message) -> str:
    return orjson.dumps(message, default=str, option=OPTIONS).decode()


def encoded_line(row: Mapping[str, Any]) -> bytes:
    return orjson.dumps(row, default=str, option=OPTIONS)
