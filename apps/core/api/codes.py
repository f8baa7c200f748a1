# [DEF:core.api.codes:Module]
# @COMPLEXITY: 2
# @PURPOSE: What each code of a problem means: its title, and an explanation that its `type` leads to.
"""Apps add the codes of the failures that they announce, while they are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from apps.core.row_actions import Text

PROBLEMS = "/api/v1/problems/"
"""Where each code is explained, for people and programs that are not signed in as well."""

UNEXPLAINED = "about:blank"
"""By RFC 9457: the problem means no more than its status does."""


class Code(NamedTuple):
    """`title` is the same for every problem with this code; `meaning` says what a client can do about it."""

    title: Text
    meaning: Text


_codes: dict[str, Code] = {}


def add(codes: Mapping[str, tuple[Text, Text]]) -> None:
    """Explain these codes."""
    _codes.update({name: Code(*both) for name, both in codes.items()})


def explained() -> Mapping[str, Code]:
    """All codes, by their names."""
    return dict(sorted(_codes.items()))


def type_of(code: str) -> str:
    """The URI reference that identifies this kind of problem and leads to its explanation."""
    return f"{PROBLEMS}{code}" if code in _codes else UNEXPLAINED


def title_of(code: str) -> str:
    """Empty for a code that nobody explained."""
    return str(_codes[code].title) if code in _codes else ""


add(
    {
        # --- the request ----------------------------------------------------------------------------------------------
        "invalid": (
            _("The request is not valid"),
            _("A value, field or parameter is wrong, unknown or missing. `fields` names each of them."),
        ),
        "parse_error": (
            _("The request body cannot be read"),
            _("The body is not valid JSON in UTF-8. `detail` says where."),
        ),
        "unsupported_media_type": (
            _("The content type is not supported"),
            _("Send the body as JSON, with `Content-Type: application/json`."),
        ),
        "not_acceptable": (
            _("The requested content type is not available"),
            _("Responses are JSON. Send `Accept: application/json`, or no such header."),
        ),
        "method_not_allowed": (
            _("The method is not allowed"),
            _("The address exists, but not with this method. The header `Allow` lists those that it has."),
        ),
        "too_large": (_("The request body is too large"), _("`detail` says how much is accepted.")),
        "too_slow": (
            _("The request body did not arrive in time"),
            _("The connection was too slow or was interrupted. Nothing was done; send the request again."),
        ),
        "throttled": (
            _("Too many attempts"),
            _("Wait as many seconds as the header `Retry-After` and `extra.retry_after` say."),
        ),
        # --- the caller -----------------------------------------------------------------------------------------------
        "not_authenticated": (
            _("Sign in first"),
            _("Send a token as `Authorization: Bearer …`, or sign in with a session."),
        ),
        "authentication_failed": (
            _("The sign-in is not valid"),
            _("The sent credentials cannot be used. Sign in again."),
        ),
        "invalid_token": (
            _("The token is not valid"),
            _("It is mistyped, expired or revoked, or its account is inactive. Create another one."),
        ),
        "sign_in_refused": (
            _("The sign-in was refused"),
            _("User name or password is wrong, or the account cannot sign in."),
        ),
        "sso_refused": (
            _("Single sign-on was refused"),
            _("The provider, or Lockstep, does not let this account in. Ask an administrator."),
        ),
        "sso_unavailable": (_("Single sign-on is not available"), _("The provider does not answer. Try again later.")),
        "not_allowed": (
            _("You may not do this"),
            _("The account or the token lacks a permission, or a rule such as four eyes forbids it; see `detail`."),
        ),
        "password_change_required": (
            _("The password has to be changed"),
            _("Somebody else set it. Nothing else is open until it is changed by `PUT /session/password`."),
        ),
        "permission_denied": (
            _("The request was not accepted"),
            _("A request with a session that changes something has to send the CSRF token as `X-CSRFToken`."),
        ),
        # --- the object -----------------------------------------------------------------------------------------------
        "not_found": (
            _("There is nothing at this address"),
            _("The address is mistyped, or the object was removed, or you may not see it."),
        ),
        "not_there": (
            _("A named object does not exist"),
            _("Something that the request names is not there, or not for you."),
        ),
        "conflict": (
            _("The request conflicts with the current state"),
            _("Somebody else changed or locked the object, or the name is taken. Read it again, then decide."),
        ),
        "nothing_to_do": (_("There is nothing to do"), _("The requested state already exists.")),
        "refused": (_("The request was refused"), _("A rule forbids it, for the reason in `detail`.")),
        "frozen": (
            _("A freeze is in effect"),
            _("Nothing is applied to the environment until the freeze ends, unless it is overridden with a reason."),
        ),
        # --- Lockstep -------------------------------------------------------------------------------------------------
        "damaged": (
            _("Stored data is damaged"),
            _("A stored file or value was changed outside of Lockstep. An administrator has to restore it."),
        ),
        "no_space": (
            _("There is no space"),
            _("The disk of the data directory is full. Try again when there is space."),
        ),
        "store_unavailable": (
            _("The store of files cannot be used"),
            _("It does not answer, or refuses. Try again later; `lockstep doctor` shows an administrator the cause."),
        ),
        "read_only": (
            _("Nothing can be stored"),
            _("The disk is full or the database is read-only. Nothing was changed. Reading still works."),
        ),
        "database_unavailable": (
            _("The database is not available"),
            _("It is busy or down. Nothing is lost; try again in a moment."),
        ),
        "not_ready": (
            _("Lockstep is not ready"),
            _(
                "`extra` says which part is missing: the database, its tables, a worker that runs tasks, or room for "
                "files."
            ),
        ),
        "unexpected": (
            _("Something went wrong in Lockstep"),
            _("The log of the web server has the details. Read it before you try again: a part may have been done."),
        ),
    }
)
