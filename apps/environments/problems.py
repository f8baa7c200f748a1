# [DEF:environments.problems:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the API answers to a failure of the engine.

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

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

CODES = {
    "superset_error": (_("A Superset could not do its part"), _("`detail` says which, why, and what to do.")),
    "unreachable": (_("A Superset does not answer"), _("Check that the server is up, then try again.")),
    "rate_limited": (_("A Superset receives too many requests"), _("Wait a while, then try again.")),
    "credentials_refused": (
        _("A Superset refused the account"),
        _("Replace the credentials of the environment, then try again."),
    ),
    "not_configured": (_("An environment is not ready"), _("Something has to be set up first; `detail` says what.")),
    "not_permitted": (
        _("The account lacks a permission in Superset"),
        _("An administrator of that Superset has to give it the permission that `detail` names."),
    ),
    "bundle_invalid": (_("An export cannot be read"), _("The ZIP is damaged or unsafe. Nothing was sent.")),
    "bundle_refused": (_("A Superset refused an import"), _("`extra.fields` has its errors by file, if it gave any.")),
    "server_fault": (_("A Superset failed"), _("Its own log has the cause.")),
    "outcome_unknown": (
        _("The outcome of a write is not known"),
        _("It was sent, and the answer never came. Look at the run before you go on."),
    ),
    "outcome_open": (
        _("An earlier write may still be carried out"),
        _("Nothing is sent until `extra.until`. Try again then."),
    ),
    "plan_stale": (
        _("The target has changed since the plan was made"),
        _("`extra.assets` lists what changed. Plan again."),
    ),
    "undo_blocked": (
        _("The rollback would undo other people's work"),
        _("`extra.assets` says what others changed or use. Keep it, or give a reason to roll it back too."),
    ),
    "plan_unsafe": (_("The plan is refused"), _("`extra.reasons` lists every reason with its next step.")),
    "not_verified": (
        _("The target is not as planned"),
        _("`extra.differences` lists what differs. Look at it, then roll back or plan again."),
    ),
    "cancelled": (_("The work was cancelled"), _("It was stopped on request, between two steps.")),
}
"""Title and meaning of each kind, for the API."""


def problem_of(error: SupersetError) -> Problem:
    facts = {name: value for name, value in error.to_json().items() if name not in {"kind", "detail", "context"}}
    status = STATUS_OF_KIND.get(error.kind, HTTPStatus.BAD_GATEWAY)
    return Problem(status, error.kind, worded(error), extra={**error.context, **facts})
