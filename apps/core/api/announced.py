# [DEF:core.api.announced:Module]
# @COMPLEXITY: 2
# @PURPOSE: Families of failures that apps announce to the API, each with what makes a problem of one.
"""Registered while the apps are loaded, in every process; so this module imports no REST framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """`message` is a sentence or two for people, `code` a word for programs that never changes its meaning.

    `fields` has the errors of what was sent by its name, with dots for what is inside (`sign_in.username`).
    """

    status: int
    code: str
    message: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        facts = asdict(self)
        del facts["status"]
        return facts


ToProblem = Callable[[Any], Problem]

_registered: dict[type[Exception], ToProblem] = {}


def register(family: type[Exception], to_problem: ToProblem) -> None:
    """Have failures of this family, and of those below it, answered as `to_problem` says."""
    _registered[family] = to_problem


def problem_of(error: Exception) -> Problem | None:
    """None for an error of no registered family."""
    found = (to_problem for family, to_problem in _registered.items() if isinstance(error, family))
    to_problem = next(found, None)
    return to_problem(error) if to_problem else None
