# [DEF:core.api.announced:Module]
# @COMPLEXITY: 2
# @PURPOSE: Families of failures that apps announce to the API, and the problem document that each becomes (RFC 9457).
# @RELATION DEPENDS_ON -> core.api.codes
"""Registered while the apps are loaded, in every process; so this module imports no REST framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse

from apps.core.api import codes

MEDIA_TYPE = "application/problem+json"
"""Of every error, whatever the client accepts."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`detail` is a sentence or two for people, `code` a word for programs that never changes its meaning.

    `fields` has the errors of what was sent by its name, with dots for what is inside (`sign_in.username`).
    """

    status: int
    code: str
    detail: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        return {
            "type": codes.type_of(self.code),
            "title": codes.title_of(self.code) or HTTPStatus(self.status).phrase,
            "status": int(self.status),
            "detail": self.detail,
            "code": self.code,
            "fields": self.fields,
            "extra": self.extra,
        }

    def response(self) -> HttpResponse:
        """For middleware and views that are none of REST framework's."""
        return JsonResponse(self.body(), status=self.status, content_type=MEDIA_TYPE)


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
