# [DEF:superset.remote.version:Module]
# @COMPLEXITY: 3
# @PURPOSE: Asks a server which version of Superset it is, before anybody signs in.
# @RELATION DEPENDS_ON -> superset.http.session
# @RELATION CALLS -> superset.releases.supported

from __future__ import annotations

from apps.superset.errors import NotConfigured
from apps.superset.http.response_errors import Subject, moved, refusal
from apps.superset.http.responses import Response
from apps.superset.http.retry import is_temporary
from apps.superset.http.session import Session
from apps.superset.messages.message import Message
from apps.superset.releases.supported import LOGIN_PAGE_PATH, VERSION_PATH, version_in_json, version_in_page


def read_version(session: Session, url: str) -> str:
    """Requested anonymously. An external sign-in page (OAuth) is a redirect without a version."""
    answer = _anonymous(session, VERSION_PATH)
    version = version_in_json(answer.json)
    version = version or version_in_page(_anonymous(session, LOGIN_PAGE_PATH).body.decode(errors="replace"))
    if not version and answer.is_redirect:
        raise moved(answer, url, VERSION_PATH, Subject(session.environment))
    if not version:
        facts = {"version_path": VERSION_PATH, "login_path": LOGIN_PAGE_PATH, "url": url}
        message, step = Message("error.no_release", **facts), Message("next.check_address")
        raise NotConfigured(message, environment=session.environment, next_step=step)
    return version


def _anonymous(session: Session, path: str) -> Response:
    answer = session.anonymous(path)
    if is_temporary(answer):
        raise refusal(answer, Subject(session.environment))
    return answer
