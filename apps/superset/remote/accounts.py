# [DEF:superset.remote.accounts:Module]
# @COMPLEXITY: 3
# @PURPOSE: Asks a server who is signed in, what the account may do, and how it says who may see a dashboard.
# @RELATION DEPENDS_ON -> superset.http.session
# @RELATION CALLS -> superset.account
# @RELATION CALLS -> superset.http.auth
# @RELATION DEPENDS_ON -> superset.remote.query
"""Until 6.0, /api/v1/me/ wants the cookie of a session and answers 401 to a bearer token, valid or not (seen). There,
the account's number is in the token, and each resource lists the caller's own permissions (`_info`); a 401 of that one
is a real one.
"""

from __future__ import annotations

from typing import Any

from apps.superset.account import Account, account_of, observed_account
from apps.superset.assets import Kind, objects
from apps.superset.errors import NotConfigured, NotFound, NotPermitted
from apps.superset.http.auth import account_in
from apps.superset.http.response_errors import Subject, unexpected
from apps.superset.http.responses import Response
from apps.superset.http.session import Session
from apps.superset.http.transport import Call
from apps.superset.messages.message import Message
from apps.superset.releases.base import Access, Release
from apps.superset.remote.query import rison_query

RULES = "rowlevelsecurity"

VOCABULARIES = {
    Access.OWNERS: frozenset({"owners", "roles"}),
    Access.SUBJECTS: frozenset({"editors", "viewers"}),
}


def read_account(session: Session, release: Release) -> Account:
    """An administrator by the default name of the role, or by what it may change where no roles are shown. A Superset
    may use another name (AUTH_ROLE_ADMIN)."""
    subject = Subject(session.environment)
    if not release.account_by_token:
        return _observed(session, release, subject)
    answer = session.read(Call("GET", "/api/v1/me/roles/"), subject)
    account = account_of(_result(answer, subject), release.permissions)
    if account is None:
        raise unexpected(answer, subject, Message("error.wanted.account"))
    return account


def read_user(session: Session, release: Release) -> dict[str, Any]:
    """The user that is signed in: `username`, `first_name` and so on, or only the `id` where no more is shown."""
    subject = Subject(session.environment)
    if release.account_by_token:
        return _result(session.read(Call("GET", "/api/v1/me/"), subject), subject)
    _info(session, Kind.DASHBOARD.value, "permissions", subject)  # the token counts
    return {"id": _number(session, release)}


def probe_access(session: Session) -> Access:
    """By the fields of a dashboard that may be set. It has neither pair where nothing else can be said."""
    subject = Subject(session.environment)
    answer = _info(session, Kind.DASHBOARD.value, "edit_columns", subject)
    names = {str(column.get("name")) for column in objects(answer.fields.get("edit_columns"))}
    found = [access for access, fields in VOCABULARIES.items() if fields <= names]
    return found[0] if len(found) == 1 else Access.UNKNOWN


def _observed(session: Session, release: Release, subject: Subject) -> Account:
    _, rules = release.permissions.read_rules
    _info(session, Kind.DASHBOARD.value, "permissions", subject)  # a refusal of this one is a real one
    number = _number(session, release)
    views = {release.permissions.views[kind]: kind.value for kind in Kind} | {rules: RULES}
    rights = {view: _permissions(session, resource, subject) for view, resource in views.items()}
    return observed_account(number, rights, release.permissions)


def _permissions(session: Session, resource: str, subject: Subject) -> frozenset[str]:
    """None of a resource that the account may not even ask about."""
    try:
        found = _info(session, resource, "permissions", subject).fields.get("permissions")
    except (NotFound, NotPermitted):
        return frozenset()
    return frozenset(str(each) for each in found) if isinstance(found, list) else frozenset()


def _number(session: Session, release: Release) -> int:
    """The token was accepted, but need not be one that the server's own sign-in gives."""
    number = account_in(session.token())
    if number is None:
        raise NotConfigured(
            Message("error.no_account_in_token", release=release.version),
            environment=session.environment,
            next_step=Message("next.own_token"),
        )
    return number


def _info(session: Session, resource: str, key: str, subject: Subject) -> Response:
    return session.read(Call("GET", f"/api/v1/{resource}/_info?{rison_query({'keys': [key]})}"), subject)


def _result(answer: Response, subject: Subject) -> dict[str, Any]:
    result = answer.fields.get("result")
    if not isinstance(result, dict):
        raise unexpected(answer, subject, Message("error.wanted.asset"))
    return result
