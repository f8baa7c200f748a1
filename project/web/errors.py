# [DEF:project.web.errors:Module]
# @COMPLEXITY: 3
# @PURPOSE: The response when no view can respond: a page that looks like the admin, or an error of the API.
# @RELATION DEPENDS_ON -> core.api.announced
# @RELATION DEPENDS_ON -> core.storage
"""It does not use the database, which may be down, and shows nothing of the exception, which is in the log."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.api.announced import Problem
from apps.core.row_actions import Text
from apps.core.storage import why_not_stored

API = "/api/"


@dataclass(frozen=True, slots=True)
class Failure:
    """A kind of failure: what happened, and what to do next; for the API its code and one sentence."""

    status: HTTPStatus
    title: Text
    next_step: Text
    code: str
    detail: Text


BAD_REQUEST = Failure(
    HTTPStatus.BAD_REQUEST,
    _("Bad request"),
    _(
        "The address or the submitted data is not valid. If Lockstep has a new host name or is behind a proxy, add "
        "that name to LOCKSTEP_ALLOWED_HOSTS."
    ),
    "invalid",
    _("The request is not valid."),
)
FORBIDDEN = Failure(
    HTTPStatus.FORBIDDEN,
    _("You do not have permission"),
    _("Nobody can do this, or your account cannot. Ask an administrator which."),
    "not_allowed",
    _("You do not have permission to do this."),
)
FORGED = Failure(
    HTTPStatus.FORBIDDEN,
    _("This form has expired"),
    _(
        "Nothing was changed. The form was open for a long time, or you signed in or out in the meantime. Go back, "
        "reload the page and submit it again. If that does not help, the browser blocks cookies, or an address is "
        "missing in LOCKSTEP_TRUSTED_ORIGINS."
    ),
    "not_allowed",
    _("The CSRF token is missing or wrong."),
)
NOT_FOUND = Failure(
    HTTPStatus.NOT_FOUND,
    _("Page not found"),
    _("The address is mistyped, or the object was removed."),
    "not_found",
    _("There is nothing at this address."),
)
FAULT = Failure(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    _("Something went wrong in Lockstep"),
    _("The log of the web server has the details. Read it before you try again: part of the work may have been done."),
    "unexpected",
    _("Something went wrong in Lockstep. Its log has the details."),
)

DOWN = Failure(
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("The database is not available"),
    _("It is busy or down. Try again in a moment. If it stays unavailable, the log of the web server says why."),
    "database_unavailable",
    _("The database is busy or down. Try again in a moment."),
)
UNWRITABLE = Failure(
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("Nothing can be stored at the moment"),
    _(
        "The disk is full or the database is read-only. Nothing was changed. An administrator has to free disk space "
        "or make the database writable. Reading still works."
    ),
    "read_only",
    _("Nothing can be stored at the moment, and nothing was changed: the disk is full, or the database is read-only."),
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's call
    return _respond(request, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's call
    return _respond(request, FORBIDDEN)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's call
    return _respond(request, FORGED)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's call
    return _respond(request, NOT_FOUND)


def fault(request: HttpRequest) -> HttpResponse:
    """Called while the exception is handled. A database that is busy, full or down is not a bug of Lockstep."""
    error = sys.exc_info()[1]
    if why_not_stored(error):
        return _respond(request, UNWRITABLE)
    return _respond(request, DOWN if isinstance(error, OperationalError | InterfaceError) else FAULT)


def _respond(request: HttpRequest, failure: Failure) -> HttpResponse:
    if request.path_info.startswith(API):
        return Problem(failure.status, failure.code, str(failure.detail)).response()
    context: dict[str, Any] = {"failure": failure, "home": reverse("admin:index"), "now": timezone.now()}
    return HttpResponse(render_to_string("error.html", context), status=failure.status)
