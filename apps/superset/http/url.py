# [DEF:superset.http.url:Module]
# @COMPLEXITY: 3
# @PURPOSE: Normalizes the address of a Superset as people type or paste it.
# @RELATION DEPENDS_ON -> superset.errors

from __future__ import annotations

import re
import socket
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from apps.superset.errors import NotConfigured
from apps.superset.messages.message import Message

PASTED_ENDINGS = ("/api/v1", "/login", "/superset/welcome")
"""Paths after the address in links that people copy from the documentation or their browser."""

DEFAULT_PORTS = {"http": 80, "https": 443}


def base_url(text: str) -> str:
    """`https://host[:port][/prefix]` without a trailing slash; NotConfigured if it is not a valid address.

    A user name or password in the address is refused, and not repeated in the error.
    """
    parts = _split(text.strip())
    if parts.username is not None or parts.password is not None:
        raise _refused("credentials", "next.address_separately")
    if parts.scheme not in DEFAULT_PORTS:
        raise _refused("scheme")
    if parts.query or parts.fragment:
        raise _refused("query")
    return f"{parts.scheme}://{_host(parts)}{_prefix(parts.path)}"


def origin(address: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a `base_url`: the server that a sign-in is sent to."""
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme)


def place(address: str) -> tuple[str, int | None, str]:
    """Host, port and path of a `base_url` in canonical form: addresses with equal keys are the same server.

    `localhost`, `127.1` and `[::1]` are one host, and a trailing dot in a name is ignored.
    """
    parts = urlsplit(address)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    return _one_spelling(parts.hostname or ""), port, _prefix(parts.path)


LOOPBACK = "127.0.0.1"


def _one_spelling(host: str) -> str:
    host = host.casefold().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return LOOPBACK
    try:
        found = ip_address(host)
    except ValueError:
        return _old_ipv4(host) if re.fullmatch(r"[0-9a-fx.]+", host) else host
    found = (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
    return LOOPBACK if found.is_unspecified or str(found) in (LOOPBACK, "::1") else str(found)


def _old_ipv4(host: str) -> str:
    """`127.1`, `0x7f.1` and `2130706433` are 127.0.0.1 to every resolver."""
    try:
        found = socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return host
    return LOOPBACK if found == "0.0.0.0" else found  # noqa: S104 - nothing is bound


def _split(text: str) -> SplitResult:
    if not text or re.search(r"[\s\\<>\"\x00-\x1f\x7f]", text):
        raise _refused("characters")
    try:
        return urlsplit(text)
    except ValueError as error:
        raise _refused("unreadable") from error


def _host(parts: SplitResult) -> str:
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _refused("port") from error
    if not host or port == 0:
        raise _refused("port_0" if host else "no_host")
    host = f"[{host}]" if ":" in host else host
    return host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"


def _prefix(path: str) -> str:
    path = re.sub(r"/+", "/", path)
    path = re.sub(r"(/\.)+(?=/|$)", "", path).rstrip("/")
    if ".." in path.split("/"):
        raise _refused("parent")
    for ending in PASTED_ENDINGS:
        if path.endswith(ending):
            return path.removesuffix(ending).rstrip("/")
    return path


def _refused(why: str, step: str = "next.address_example") -> NotConfigured:
    return NotConfigured(Message(f"error.address.{why}"), next_step=Message(step))
