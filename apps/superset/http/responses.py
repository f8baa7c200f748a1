# [DEF:superset.http.responses:Module]
# @COMPLEXITY: 3
# @PURPOSE: A response of Superset, and the error that it stands for.
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> superset.http.url
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from apps.contracts.plain_text import name
from apps.superset.bundle.safe_json import Cleaned, JsonRefused, load_json
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
from apps.superset.http.url import base_url
from apps.superset.messages.message import Message
from apps.superset.releases.base import Release

GATEWAY = frozenset({502, 503, 504})
"""What a proxy answers for a server that it cannot reach or that takes too long."""

LONGEST_MESSAGE = 500
LARGEST_REFUSAL = 1024 * 1024
"""Bytes of an answer whose field errors are kept."""

LONGEST_TOKEN = 16_384
TOKEN = re.compile(r"[!-~]+")
"""What can travel in a header."""


@dataclass(frozen=True)
class Response:
    """One answer as it came. Header names are compared in lower case."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, wanted: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")

    @property
    def json(self) -> Any:
        """The parsed body with text that can be stored; None where it is not JSON, or nested without an end."""
        return self._cleaned.value

    @property
    def escaped(self) -> tuple[str, ...]:
        """Where text was replaced, for no database takes it (`result.3.slice_name`)."""
        return self._cleaned.escaped

    @cached_property
    def _cleaned(self) -> Cleaned:
        try:
            return load_json(self.body)
        except JsonRefused:
            return Cleaned(None)

    def token(self, field_name: str) -> str:
        """A token of the answer; empty where there is none that can be sent back."""
        value = self.fields.get(field_name)
        if field_name in self.escaped:
            return ""
        if isinstance(value, str) and len(value) <= LONGEST_TOKEN and TOKEN.fullmatch(value):
            return value
        return ""

    @property
    def fields(self) -> Mapping[str, Any]:
        """The parsed body where it is an object, else empty."""
        return self.json if isinstance(self.json, dict) else {}

    @property
    def is_html(self) -> bool:
        return "html" in self.header("content-type") or self.body[:200].lstrip().lower().startswith((b"<!", b"<html"))

    @property
    def is_write(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    @property
    def message(self) -> str:
        """The server's words: of Superset (`errors`), of its API framework (`message`) or of its JWT layer (`msg`)."""
        said = [entry["message"] for entry in self._errors if isinstance(entry.get("message"), str)]
        return _shortened("; ".join(said) or _words(self.fields.get("message")) or _words(self.fields.get("msg")))

    @property
    def field_errors(self) -> dict[str, Any]:
        """Field errors: by file for an import, by field for a change."""
        if len(self.body) > LARGEST_REFUSAL:
            return {}
        extras = [entry["extra"] for entry in self._errors if isinstance(entry.get("extra"), dict)]
        found = {name: value for extra in extras for name, value in extra.items() if name != "issue_codes"}
        own = self.fields.get("message")
        return found or (dict(own) if isinstance(own, dict) else {})

    @property
    def _errors(self) -> list[dict[str, Any]]:
        entries = self.fields.get("errors")
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    @property
    def refuses_token(self) -> bool:
        """401, or the JWT layer's 422 for a bad signature, which says `msg` and nothing else (seen on 6.1.0)."""
        return self.status == 401 or (self.status == 422 and set(self.fields) == {"msg"})

    @property
    def refuses_csrf(self) -> bool:
        """Superset sends non-JSON requests without a valid CSRF token to /login/, and answers 400 to JSON ones."""
        if self.status == 400:
            return "CSRF" in self.message
        target = self.location
        to_sign_in = not target.netloc and target.path.rstrip("/").endswith("/login")
        return self.is_write and 300 <= self.status < 400 and to_sign_in

    @property
    def is_redirect(self) -> bool:
        """One that says where to."""
        return 300 <= self.status < 400 and self.location.geturl() != ""

    @property
    def location(self) -> SplitResult:
        """Where a redirect leads; nowhere, where that is no address."""
        try:
            return urlsplit(self.header("location"))
        except ValueError:
            return urlsplit("")

    def hiding(self, *secrets: str) -> Response:
        """The same answer without these, should a page of errors repeat what was sent."""
        body = self.body
        for secret in filter(None, secrets):
            body = body.replace(secret.encode(), b"(hidden)")
        return Response(self.method, self.path, self.status, self.headers, body)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request was about, for the error: the environment, the asset, and the release that a bundle was
    imported to, if one was."""

    environment: str
    asset: str = ""
    importing: Release | None = None


def refusal(answer: Response, subject: Subject) -> SupersetError:
    """The error for an answer that is not a success, after all that could be tried again was."""
    error = _refusal(answer, subject)
    error.uncertain = error.uncertain or (answer.is_write and not _is_certain(answer, subject))
    return error


def _is_certain(answer: Response, subject: Subject) -> bool:
    """Whether it proves that a write was not carried out: Superset's own words do, for it looks at a request before it
    changes anything and rolls back what fails (source: 6.1.0, utils/decorators.py, `transaction`); so do 413 and 429,
    no matter who sends them. Anybody else's refusal may have come after the fact."""
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
    """Whether something in the server's place answers a write: Superset's own answers are JSON. The server may be at it
    still (Cloudflare: 520 to 530; 499 of nginx and Traefik)."""
    if not answer.is_write:
        return False
    return answer.status == 408 or (answer.json is None and (answer.status >= 500 or answer.status == 499))


def unexpected(answer: Response, subject: Subject, wanted: Message) -> SupersetError:
    """The error for a success whose content is not what the API answers: after a write nobody knows what happened."""
    key = "error.unexpected.html" if answer.is_html else "error.unexpected"
    detail = Message(key, method=answer.method, path=_plain(answer.path), wanted=wanted)
    if answer.is_write:
        return _error(OutcomeUnknown, detail, subject)
    if answer.is_html:
        return _not_superset(detail, subject)
    return _error(ServerFault, detail, subject)


def moved(answer: Response, url: str, path: str, subject: Subject) -> SupersetError:
    """The error for a read of `path` that leads elsewhere, with the address to take where it leads to the same path
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
    return _error(BundleRefused, _with(what, answer), subject, step, _said(answer))


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


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_words(said)}" for name, said in value.items())
    if isinstance(value, list):
        return ", ".join(_words(said) for said in value)
    return "" if value is None else str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"


def _plain(path: str) -> str:
    return path.partition("?")[0]
