# [DEF:tasks.checks:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the queue must be set to, so that it carries wake-ups and decides nothing.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

Rule = tuple[str, Callable[[Any], bool], str]

RULES: tuple[Rule, ...] = (
    ("orm", lambda value: value == "default", "be “default”: a wake-up lives in the database of the task"),
    ("ack_failures", lambda value: value is True, "be True: else a failed wake-up is delivered for ever"),
    ("max_attempts", lambda value: value == 1, "be 1: tasks are repeated by their own rules"),
    ("save_limit", lambda value: value == -1, "be -1: a task's outcome is its row, not the queue's"),
    ("scheduler", lambda value: value is False, "be False: the worker calls it itself, and more often"),
    ("catch_up", lambda value: value is False, "be False: else the clock makes up for each minute of an outage"),
    ("bulk", lambda value: value == 1, "be 1: a wake-up that waits behind a long task wakes nobody"),
)


@register
def check_queue(**_: Any) -> list[CheckMessage]:
    cluster: dict[str, Any] = settings.Q_CLUSTER
    wrong = [f"{name} must {why}" for name, holds, why in RULES if not holds(cluster.get(name))]
    if cluster.get("queue_limit", 0) not in range(1, cluster["workers"] + 1):
        wrong.append("queue_limit must be from 1 to workers: wake-ups that wait in a process are lost with it")
    if cluster.get("retry", 0) < 2 * cluster.get("timeout", 0):
        wrong.append("retry must be at least twice timeout: else a wake-up is delivered while the first one works")
    return [Error(f"Q_CLUSTER: {sentence}.", id="tasks.E001") for sentence in wrong]
