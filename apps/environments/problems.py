# [DEF:environments.problems:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the API answers to a failure of the engine.

from __future__ import annotations

from http import HTTPStatus

from apps.core.api.announced import Problem
from apps.core.errors import worded
from apps.superset.errors import SupersetError

STATUS_OF_KIND: dict[str, HTTPStatus] = {
    "not_configured": HTTPStatus.UNPROCESSABLE_ENTITY,
    "plan_unsafe": HTTPStatus.UNPROCESSABLE_ENTITY,
    "bundle_invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "plan_stale": HTTPStatus.CONFLICT,
    "not_verified": HTTPStatus.CONFLICT,
    "cancelled": HTTPStatus.CONFLICT,
    "not_found": HTTPStatus.NOT_FOUND,
    "unreachable": HTTPStatus.GATEWAY_TIMEOUT,
    "outcome_unknown": HTTPStatus.GATEWAY_TIMEOUT,
    "rate_limited": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""By kind; the others are a Superset that answered what it should not: 502."""


def problem_of(error: SupersetError) -> Problem:
    facts = {name: value for name, value in error.to_json().items() if name not in {"kind", "detail", "context"}}
    status = STATUS_OF_KIND.get(error.kind, HTTPStatus.BAD_GATEWAY)
    return Problem(status, error.kind, worded(error), extra={**error.context, **facts})
