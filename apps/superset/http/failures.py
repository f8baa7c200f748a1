# [DEF:superset.http.failures:Module]
# @COMPLEXITY: 3
# @PURPOSE: Why an HTTP exchange failed, read from the exceptions of the library, and whether the request was sent.
# @RELATION DEPENDS_ON -> superset.messages.message

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator

from requests import exceptions as http
from urllib3 import exceptions as urllib3

from apps.superset.messages.message import Message

CONNECTION_REASONS = {
    errno.ECONNREFUSED: "connection_refused",
    errno.EHOSTUNREACH: "no_route_to_host",
    errno.ENETUNREACH: "no_route_to_network",
}

HANDSHAKE_REASONS = {
    "WRONG_VERSION_NUMBER": "no_tls",
    "RECORD_LAYER_FAILURE": "no_tls",
    "NO_CERTIFICATE_OR_CRL_FOUND": "empty_ca_bundle",
    "UNSUPPORTED_PROTOCOL": "old_tls",
}
"""OpenSSL errors that occur before the first byte of a request is sent."""


class Broken(Exception):
    """No complete response arrived. `sent` is false if the request provably never reached the server.

    `dropped`: the connection was lost, so a read is worth another try; otherwise a time or size limit was reached.
    """

    def __init__(self, reason: Message, *, sent: bool, dropped: bool = False, next_step: Message | None = None) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.sent = sent
        self.dropped = dropped
        self.next_step = next_step


def explained(problem: BaseException, *, connect: float, read: float) -> Broken:
    """`problem` in plain words; `connect` and `read` are the timeouts in seconds.

    The result has no link to `problem`, which holds the request with its secrets.
    """
    causes = list(_causes(problem))
    return (
        _own(causes)
        or _never_connected(causes, connect)
        or _tls(causes)
        or _too_slow(causes, read)
        or _unusable(causes)
        or Broken(Message("error.connection_lost"), sent=True, dropped=True)
    )


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """The exception and everything it wraps: requests keeps urllib3's in `args`, urllib3 keeps its own in `reason`."""
    seen: set[int] = set()
    waiting: list[object] = [problem]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, BaseException) and id(item) not in seen:
            seen.add(id(item))
            yield item
            waiting += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]


def _own(causes: list[BaseException]) -> Broken | None:
    return next((cause for cause in causes if isinstance(cause, Broken)), None)


def _never_connected(causes: list[BaseException], seconds: float) -> Broken | None:
    if any(isinstance(cause, urllib3.NameResolutionError) for cause in causes):
        return Broken(Message("error.unknown_host"), sent=False)
    if any(isinstance(cause, urllib3.NewConnectionError) for cause in causes):  # urllib3 has it among its time-outs
        codes = [cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno in CONNECTION_REASONS]
        reason = CONNECTION_REASONS[codes[0]] if codes else "no_connection"
        return Broken(Message(f"error.{reason}"), sent=False)
    if any(isinstance(cause, urllib3.ConnectTimeoutError | http.ConnectTimeout) for cause in causes):
        return Broken(Message("error.connect_timeout", seconds=seconds), sent=False)
    return None


def _tls(causes: list[BaseException]) -> Broken | None:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = Message("error.untrusted_certificate", reason=cause.verify_message)
            return Broken(reason, sent=False, next_step=Message("next.ca_bundle"))
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            code = str(cause.reason or "")
            before = code in HANDSHAKE_REASONS  # an alert may also come after all was sent, with TLS 1.3
            key = HANDSHAKE_REASONS.get(code, "tls_failed")
            return Broken(Message(f"error.{key}", reason=code.lower()), sent=not before)
    return None


def _too_slow(causes: list[BaseException], seconds: float) -> Broken | None:
    if any(isinstance(cause, http.Timeout | urllib3.TimeoutError | TimeoutError) for cause in causes):
        return Broken(Message("error.read_timeout", seconds=seconds), sent=True)
    return None


def _unusable(causes: list[BaseException]) -> Broken | None:
    """Neither network nor timeout: an address that HTTP cannot use, a response that cannot be decoded."""
    first = causes[0]
    if any(isinstance(cause, http.InvalidURL | urllib3.LocationValueError | UnicodeError) for cause in causes):
        return Broken(Message("error.unusable_address"), sent=False)
    if isinstance(first, http.ContentDecodingError):
        return Broken(Message("error.not_decompressible"), sent=True)
    if isinstance(first, http.RequestException | urllib3.HTTPError | OSError):
        return None
    return Broken(Message("error.exchange_failed", reason=type(first).__name__), sent=True)
