# [DEF:core.api.problems:Module]
# @COMPLEXITY: 2
# @PURPOSE: Every error of the API has one shape: a problem document by RFC 9457.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from apps.core import messages
from apps.core.api.announced import MEDIA_TYPE, Problem, problem_of
from apps.core.errors import LockstepError

STATUS_OF_KIND: dict[str, HTTPStatus] = {
    "sign_in_refused": HTTPStatus.UNAUTHORIZED,
    "not_allowed": HTTPStatus.FORBIDDEN,
    "password_change_required": HTTPStatus.FORBIDDEN,
    "sso_refused": HTTPStatus.FORBIDDEN,
    "sso_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "throttled": HTTPStatus.TOO_MANY_REQUESTS,
    "not_there": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "frozen": HTTPStatus.LOCKED,
    "nothing_to_do": HTTPStatus.CONFLICT,
    "refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "damaged": HTTPStatus.INTERNAL_SERVER_ERROR,
    "no_space": HTTPStatus.SERVICE_UNAVAILABLE,
    "store_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The kinds of `LockstepError`; each must be here (see the tests)."""

NO_FIELD = api_settings.NON_FIELD_ERRORS_KEY
NO_FORM_FIELD = "__all__"


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:  # noqa: ARG001 - REST framework's call
    """The response to an exception; None, and so a plain 500, for an unexpected one."""
    problem = _problem(error)
    return respond(problem, headers=_headers(error)) if problem else None


def respond(problem: Problem, *, headers: Mapping[str, str] | None = None) -> Response:
    set_rollback()
    return Response(problem.body(), status=problem.status, headers=dict(headers or {}), content_type=MEDIA_TYPE)


def _problem(error: Exception) -> Problem | None:
    match error:
        case LockstepError():
            return Problem(STATUS_OF_KIND[error.kind], error.kind, str(error), extra=error.context)
        case ValidationError():
            texts = error.message_dict if hasattr(error, "error_dict") else {NO_FIELD: error.messages}
            return _invalid({NO_FIELD if name == NO_FORM_FIELD else name: found for name, found in texts.items()})
        case exceptions.ValidationError():
            return _invalid(error.detail)
        case Http404() | exceptions.NotFound():
            return Problem(HTTPStatus.NOT_FOUND, "not_found", str(messages.NOT_FOUND))
        case PermissionDenied():
            return Problem(HTTPStatus.FORBIDDEN, "not_allowed", str(error) or str(messages.NOT_ALLOWED))
        case exceptions.Throttled():
            extra = {"retry_after": _wait(error)}
            return Problem(error.status_code, "throttled", str(error.detail), extra=extra)
        case exceptions.APIException():
            return Problem(error.status_code, str(error.get_codes()), str(error.detail))
    return problem_of(error)


def _invalid(detail: Any) -> Problem:
    fields: dict[str, list[str]] = {}
    for name, text in _flat(detail):
        fields.setdefault(name, []).append(text)
    whole = fields.pop(NO_FIELD, [])
    if fields:
        whole.append(messages.CHECK_FIELDS.format(fields=", ".join(fields)))
    return Problem(HTTPStatus.BAD_REQUEST, "invalid", " ".join(whole), fields=fields)


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, path if name == NO_FIELD and path else f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            nested = isinstance(inner, (Mapping, list))
            yield from _flat(inner, (f"{path}.{number}" if path else str(number)) if nested else path)
    else:
        yield path or NO_FIELD, str(detail)


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := _wait(error):
        headers["Retry-After"] = str(wait)
    return headers


def _wait(error: Exception) -> int | None:
    """Seconds until the client may try again."""
    wait = getattr(error, "wait", None)
    return None if wait is None else ceil(wait)
