# [DEF:superset.http.failures:Module]
# @COMPLEXITY: 2
# @PURPOSE: Why an exchange broke off, read from the exceptions of the HTTP library, and whether the request was on
#   its way.

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator

from requests import exceptions as http
from urllib3 import exceptions as urllib3

CERTIFICATE_STEP = "Give the CA bundle that signed the certificate; checking it cannot be switched off."

CONNECTION_REASONS = {
    errno.ECONNREFUSED: "the connection was refused",
    errno.EHOSTUNREACH: "there is no route to the host",
    errno.ENETUNREACH: "there is no route to the network",
}

HANDSHAKE_REASONS = {
    "WRONG_VERSION_NUMBER": "what answers there does not speak TLS (is it http:// rather than https://?)",
    "RECORD_LAYER_FAILURE": "what answers there does not speak TLS (is it http:// rather than https://?)",
    "NO_CERTIFICATE_OR_CRL_FOUND": "the CA bundle holds no certificate",
    "UNSUPPORTED_PROTOCOL": "it speaks only versions of TLS that are no longer safe",
}
"""OpenSSL's reasons that arise before the first byte of a request is sent."""


class Broken(Exception):
    """No whole answer came. `sent` is false where the request provably never reached the server.

    `dropped`: the connection was lost, which for a read is worth another try; otherwise time or size ran out.
    """

    def __init__(self, reason: str, *, sent: bool, dropped: bool = False, next_step: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.dropped = dropped
        self.next_step = next_step


def explained(problem: BaseException, *, connect: float, read: float) -> Broken:
    """`problem` in plain words; `connect` and `read` are the seconds that were allowed.

    The result has no link to `problem`, which holds the request with its secrets.
    """
    causes = list(_causes(problem))
    return (
        _own(causes)
        or _never_connected(causes, connect)
        or _tls(causes)
        or _too_slow(causes, read)
        or _unusable(causes)
        or Broken("the connection was lost before the answer was complete", sent=True, dropped=True)
    )


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """The exception and all it wraps: requests keeps urllib3's in `args`, urllib3 keeps its own in `reason`."""
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
        return Broken("the name of the host is not known", sent=False)
    if any(isinstance(cause, urllib3.NewConnectionError) for cause in causes):  # urllib3 has it among its time-outs
        codes = [cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno in CONNECTION_REASONS]
        return Broken(CONNECTION_REASONS[codes[0]] if codes else "no connection could be made", sent=False)
    if any(isinstance(cause, urllib3.ConnectTimeoutError | http.ConnectTimeout) for cause in causes):
        return Broken(f"no connection within {seconds:g} s", sent=False)
    return None


def _tls(causes: list[BaseException]) -> Broken | None:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"its certificate is not trusted ({cause.verify_message})"
            return Broken(reason, sent=False, next_step=CERTIFICATE_STEP)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            code = str(cause.reason or "")
            before = code in HANDSHAKE_REASONS  # an alert may also come after all was sent, with TLS 1.3
            return Broken(HANDSHAKE_REASONS.get(code, f"TLS failed ({code.lower()})"), sent=not before)
    return None


def _too_slow(causes: list[BaseException], seconds: float) -> Broken | None:
    if any(isinstance(cause, http.Timeout | urllib3.TimeoutError | TimeoutError) for cause in causes):
        return Broken(f"no answer within {seconds:g} s", sent=True)
    return None


def _unusable(causes: list[BaseException]) -> Broken | None:
    """What is neither the network nor time: an address that HTTP cannot use, an answer that cannot be decoded."""
    first = causes[0]
    if any(isinstance(cause, http.InvalidURL | urllib3.LocationValueError | UnicodeError) for cause in causes):
        return Broken("the address is not one that HTTP can use", sent=False)
    if isinstance(first, http.ContentDecodingError):
        return Broken("the answer cannot be decompressed", sent=True)
    if isinstance(first, http.RequestException | urllib3.HTTPError | OSError):
        return None
    return Broken(f"the exchange failed ({type(first).__name__})", sent=True)
