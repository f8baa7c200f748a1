# [DEF:superset.http.response_errors:Module]
# @COMPLEXITY: 2
# @PURPOSE: The error for a response: refused, failed, redirected, or not a response of the API.
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> superset.http.responses
# @RELATION DEPENDS_ON -> superset.http.url
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from apps.contracts.plain_text import name
from apps.superset.assets import Kind
from apps.superset.errors import (
    AuthRejected,
    BundleRefused,
    NotConfigured,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    RateLimited,
    ServerFault,
    SupersetError,
    Unreachable,
)
from apps.superset.http.responses import Response
from apps.superset.http.url import base_url
from apps.superset.messages.message import Message, some
from apps.superset.releases.base import Release

GATEWAY = frozenset({502, 503, 504})
"""Statuses from a proxy that cannot reach its server, or times out waiting for it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a request, for the error: the environment, the asset, and for an import the release of the
    server."""

    environment: str
    asset: str = ""
    importing: Release | None = None

    @classmethod
    def of_assets(cls, environment: str, kind: Kind, ids: Sequence[int]) -> Subject:
        shown = ", ".join(str(asset_id) for asset_id in ids[:5])
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        plural = "s" if len(ids) != 1 else ""
        return cls(environment, f"{kind}{plural} {shown}{more}")


def refusal(answer: Response, subject: Subject) -> SupersetError:
    """The error for an unsuccessful response, after all retries."""
    error = _refusal(answer, subject)
    error.uncertain = error.uncertain or (answer.is_write and not _is_certain(answer, subject))
    return error


def _is_certain(answer: Response, subject: Subject) -> bool:
    """Whether it proves that a write was not carried out: Superset's own words do, because it checks a request before
    it changes anything and rolls back failures (source: 6.1.0, utils/decorators.py, `transaction`); so do 413 and 429
    from any sender. Any other refusal may have come after the write."""
    if answer.refuses_csrf or answer.status in {413, 429}:
        return True
    if answer.status == 408 or answer.json is None:
        return False
    return 400 <= answer.status < 500 or bool(subject.importing and subject.importing.known_fault(answer.message))


def _refusal(answer: Response, subject: Subject) -> SupersetError:
    if answer.refuses_csrf:
        return _csrf_refused(subject)
    if 300 <= answer.status < 400:
        return _redirected(answer, subject)
    if answer.status in GATEWAY or _is_strangers(answer):
        return _gateway(answer, subject)
    if answer.status >= 500:
        return _fault(answer, subject)
    return _declined(answer, subject)


def _is_strangers(answer: Response) -> bool:
    """Whether a proxy answered a write: Superset's own responses are JSON. The server may still be processing it
    (Cloudflare: 520 to 530; 499 of nginx and Traefik)."""
    if not answer.is_write:
        return False
    return answer.status == 408 or (answer.json is None and (answer.status >= 500 or answer.status == 499))


def unexpected(answer: Response, subject: Subject, wanted: Message) -> SupersetError:
    """The error for a success with unexpected content: after a write, the outcome is unknown."""
    key = "error.unexpected.html" if answer.is_html else "error.unexpected"
    detail = Message(key, method=answer.method, path=_plain(answer.path), wanted=wanted)
    if answer.is_write:
        return _error(OutcomeUnknown, detail, subject)
    if answer.is_html:
        return _not_superset(detail, subject)
    return _error(ServerFault, detail, subject)


def moved(answer: Response, url: str, path: str, subject: Subject) -> SupersetError:
    """The error for a read of `path` that redirects, with the address to use if it redirects to the same path
    (from http to https, to another host or below another prefix)."""
    error = _redirected(answer, subject)
    target = urlsplit(urljoin(f"{url}{path}", answer.location.geturl()))
    if target.path.rstrip("/").endswith(path.rstrip("/")):
        place = target._replace(path=target.path.rstrip("/").removesuffix(path.rstrip("/")), query="", fragment="")
        try:
            address = base_url(place.geturl())
        except NotConfigured:
            return error
        error.advice = Message("next.moved", address=address)
    return error


def _redirected(answer: Response, subject: Subject) -> SupersetError:
    target = answer.location
    host = target.netloc.rpartition("@")[2]  # with its port, without user and password
    scheme = f"{target.scheme}:" if target.scheme else ""
    place = name(f"{scheme}//{host}{target.path}" if host else target.path or "nowhere")
    detail = Message("error.redirected", method=answer.method, path=_plain(answer.path), place=place)
    return _error(NotConfigured, detail, subject, Message("next.redirected"))


def _csrf_refused(subject: Subject) -> SupersetError:
    return _error(AuthRejected, Message("error.csrf_refused"), subject, Message("next.csrf"))


def _gateway(answer: Response, subject: Subject) -> SupersetError:
    if answer.is_write:
        return _error(OutcomeUnknown, Message("error.gateway.writing", status=answer.status), subject)
    return _error(Unreachable, Message("error.gateway", status=answer.status), subject)


def _fault(answer: Response, subject: Subject) -> SupersetError:
    known = subject.importing.known_fault(answer.message) if subject.importing else None
    if known and known.is_permission:
        return _error(NotPermitted, known.meaning, subject, known.next_step, _said(answer))
    if known:
        return _error(BundleRefused, known.meaning, subject, known.next_step, _said(answer))
    detail = Message("error.server_failed", status=answer.status)
    return _error(ServerFault, _with(detail, answer), subject, context=_said(answer))


def _declined(answer: Response, subject: Subject) -> SupersetError:
    if answer.refuses_token:
        return _error(AuthRejected, _with(Message("error.credentials_refused"), answer), subject)
    special = DECLINED.get(answer.status)
    if special:
        return special(answer, subject)
    return _rejected(answer, subject)


def _not_permitted(answer: Response, subject: Subject) -> SupersetError:
    return _error(NotPermitted, _with(Message("error.not_permitted"), answer), subject)


def _not_found(answer: Response, subject: Subject) -> SupersetError:
    if answer.json is None:
        return _not_superset(Message("error.path_missing", path=_plain(answer.path)), subject)
    return _error(NotFound, Message("error.not_found"), subject, context=_said(answer))


def _rate_limited(answer: Response, subject: Subject) -> SupersetError:
    wait = answer.header("retry-after")
    step = Message("next.wait", seconds=wait) if wait.isdigit() else None
    detail = Message("error.rate_limited.writing" if answer.is_write else "error.rate_limited")
    return _error(RateLimited, _with(detail, answer), subject, step)


def _too_large(_answer: Response, subject: Subject) -> SupersetError:
    return _error(BundleRefused, Message("error.too_large"), subject, Message("next.too_large"))


def _rejected(answer: Response, subject: Subject) -> SupersetError:
    if answer.json is None:
        detail = Message("error.no_json", method=answer.method, path=_plain(answer.path), status=answer.status)
        return _error(ServerFault, detail, subject) if answer.is_write else _not_superset(detail, subject)
    if not answer.is_write:
        return _error(ServerFault, _with(Message("error.request_refused", status=answer.status), answer), subject)
    what = Message("error.bundle_refused" if subject.importing else "error.change_refused")
    step = Message("next.fields" if answer.field_errors else "next.server_words")
    detail = _with(what, answer)
    if unnamed := answer.unnamed_fields:
        detail = Message("error.fields", detail=detail, fields=some([name(each) for each in unnamed], NAMED))
    return _error(BundleRefused, detail, subject, step, _said(answer))


NAMED = 5
"""Maximum number of fields that an error names."""

DECLINED: Mapping[int, Callable[[Response, Subject], SupersetError]] = {
    403: _not_permitted,
    404: _not_found,
    413: _too_large,
    429: _rate_limited,
}


def _not_superset(detail: Message, subject: Subject) -> SupersetError:
    return _error(NotConfigured, detail, subject, Message("next.not_superset"))


def _error(
    kind: type[SupersetError],
    detail: Message,
    subject: Subject,
    next_step: Message | None = None,
    context: dict[str, Any] | None = None,
) -> SupersetError:
    return kind(
        detail, environment=subject.environment, asset=subject.asset, next_step=next_step or "", context=context
    )


def _said(answer: Response) -> dict[str, Any]:
    return {"status": answer.status, "message": answer.message, "fields": answer.field_errors}


def _with(detail: Message, answer: Response) -> Message:
    return Message("error.quoted", detail=detail, said=answer.message) if answer.message else detail


def _plain(path: str) -> str:
    return path.partition("?")[0]
