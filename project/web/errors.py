# [DEF:project.web.errors:Module]
# @COMPLEXITY: 3
# @PURPOSE: What is answered where no view can answer: a page in the look of the admin, or a problem to the API.
# @RELATION DEPENDS_ON -> core.api.announced
# @RELATION DEPENDS_ON -> core.storage
"""No database is asked, for it may be what is down, and nothing of the exception is told: that is in the log."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from apps.core.api.announced import Problem
from apps.core.storage import why_not_stored

API = "/api/"


@dataclass(frozen=True, slots=True)
class Failure:
    """Of one kind: what happened, and what to do next; in the API, its code and all of it in one sentence."""

    status: HTTPStatus
    title: str
    next_step: str
    code: str
    message: str


BAD_REQUEST = Failure(
    HTTPStatus.BAD_REQUEST,
    "This request cannot be understood",
    "The address or what was sent with it is not of a form that Lockstep knows. Where Lockstep has a new name or is "
    "behind a proxy, that name belongs into LOCKSTEP_ALLOWED_HOSTS.",
    "invalid",
    "The request cannot be understood.",
)
FORBIDDEN = Failure(
    HTTPStatus.FORBIDDEN,
    "You may not do this",
    "It is not offered to anybody, or not to your account: an administrator can tell which.",
    "not_allowed",
    "You may not do this.",
)
FORGED = Failure(
    HTTPStatus.FORBIDDEN,
    "This form is no longer valid",
    "Nothing was changed. It was open for long, or somebody signed in or out meanwhile. Go back, load the page anew, "
    "and send it again. If that does not help, the browser blocks cookies, or an address is missing in "
    "LOCKSTEP_TRUSTED_ORIGINS.",
    "not_allowed",
    "The token against forged requests is missing or wrong.",
)
NOT_FOUND = Failure(
    HTTPStatus.NOT_FOUND,
    "There is nothing here",
    "The address is mistyped, or what it named has been removed.",
    "not_found",
    "There is nothing at this address.",
)
FAULT = Failure(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "Something went wrong in Lockstep itself",
    "What it was is in the log of the web server. Look there before you try again: part of it may have been done.",
    "unexpected",
    "Something went wrong in Lockstep itself. What it was is in its log.",
)

DOWN = Failure(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The database does not answer",
    "It is busy or down: try again in a moment. If it stays so, the log of the web server says why.",
    "database_unavailable",
    "The database is busy or does not answer: try again in a moment.",
)
UNWRITABLE = Failure(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Nothing can be stored at the moment",
    "The disk is full, or the database can only be read: nothing was changed. An administrator has to make room, or "
    "let the database be written again. What is there can be looked at meanwhile.",
    "read_only",
    "Nothing can be stored at the moment, and nothing was changed: the disk is full, or the database can only be read.",
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's call
    return _answer(request, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's call
    return _answer(request, FORBIDDEN)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's call
    return _answer(request, FORGED)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's call
    return _answer(request, NOT_FOUND)


def fault(request: HttpRequest) -> HttpResponse:
    """Called while the exception is handled. A database that is busy, full or down is no fault of Lockstep."""
    error = sys.exc_info()[1]
    if why_not_stored(error):
        return _answer(request, UNWRITABLE)
    return _answer(request, DOWN if isinstance(error, OperationalError | InterfaceError) else FAULT)


def _answer(request: HttpRequest, failure: Failure) -> HttpResponse:
    if request.path_info.startswith(API):
        problem = Problem(failure.status, failure.code, failure.message)
        return JsonResponse(problem.body(), status=problem.status)
    context: dict[str, Any] = {"failure": failure, "home": reverse("admin:index"), "now": timezone.now()}
    return HttpResponse(render_to_string("error.html", context), status=failure.status)
