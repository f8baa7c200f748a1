# [DEF:superset.http.responses:Module]
# @COMPLEXITY: 2
# @PURPOSE: A response of Superset: its content, and what it says about our tokens.
# @RELATION CALLS -> superset.bundle.safe_json

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult, urlsplit

from apps.superset.bundle.safe_json import Cleaned, JsonRefused, load_json

LONGEST_MESSAGE = 500
LARGEST_REFUSAL = 1024 * 1024
"""Largest response, in bytes, whose field errors are kept."""

LONGEST_TOKEN = 16_384
TOKEN = re.compile(r"[!-~]+")
"""Characters allowed in a header."""


@dataclass(frozen=True)
class Response:
    """One response as received. Header names are compared in lower case."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, wanted: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")

    @property
    def json(self) -> Any:
        """The parsed body with text that can be stored; None if it is not JSON, or nested too deeply."""
        return self._cleaned.value

    @property
    def escaped(self) -> tuple[str, ...]:
        """Where text was replaced because no database accepts it (`result.3.slice_name`)."""
        return self._cleaned.escaped

    @cached_property
    def _cleaned(self) -> Cleaned:
        try:
            return load_json(self.body)
        except JsonRefused:
            return Cleaned(None)

    def token(self, field_name: str) -> str:
        """A token from the response; empty if there is none that can be sent back."""
        value = self.fields.get(field_name)
        if field_name in self.escaped:
            return ""
        if isinstance(value, str) and len(value) <= LONGEST_TOKEN and TOKEN.fullmatch(value):
            return value
        return ""

    @property
    def fields(self) -> Mapping[str, Any]:
        """The parsed body if it is an object, otherwise empty."""
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
    def unnamed_fields(self) -> list[str]:
        """`file: field` for each field error that the message does not mention: until 5.0 it mentions none (seen on
        4.1.4 and 5.0.0)."""
        fields = (
            (file, name) for file, found in self.field_errors.items() if isinstance(found, dict) for name in found
        )
        return [f"{file}: {name}" for file, name in fields if str(name) not in self.message]

    @property
    def _errors(self) -> list[dict[str, Any]]:
        entries = self.fields.get("errors")
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    @property
    def refuses_token(self) -> bool:
        """401, or the JWT layer's 422 for a bad signature, which has only `msg` (seen on 6.1.0)."""
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
        """A redirect with a target."""
        return 300 <= self.status < 400 and self.location.geturl() != ""

    @property
    def location(self) -> SplitResult:
        """The target of a redirect; empty if it is not an address."""
        try:
            return urlsplit(self.header("location"))
        except ValueError:
            return urlsplit("")

    def hiding(self, *secrets: str) -> Response:
        """The same response without these secrets, in case an error page echoes what was sent."""
        body = self.body
        for secret in filter(None, secrets):
            body = body.replace(secret.encode(), b"(hidden)")
        return Response(self.method, self.path, self.status, self.headers, body)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_words(said)}" for name, said in value.items())
    if isinstance(value, list):
        return ", ".join(_words(said) for said in value)
    return "" if value is None else str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"
