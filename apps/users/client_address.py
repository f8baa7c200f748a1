# [DEF:users.client_address:Module]
# @COMPLEXITY: 2
# @PURPOSE: The network of a client: an internet connection has one IPv4 address, or a /64 of IPv6.

from __future__ import annotations

import ipaddress
from itertools import takewhile

HOST_BITS = 64
GROUPS = 4
"""The groups of an IPv6 address that name the network."""


def network(address: str) -> str:
    """The IPv4 address, or the network of an IPv6 address. Other text stays as it is."""
    found = _read(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(found) >> HOST_BITS << HOST_BITS, HOST_BITS)))
    return str(found or address)


def beginning(address: str) -> str:
    """The text with which every address of its network begins: a run of zeros can be left out, other groups cannot."""
    if not isinstance(found := _read(address), ipaddress.IPv6Address):
        return address
    groups = (int(group, 16) for group in found.exploded.split(":")[:GROUPS])
    return "".join(f"{group:x}:" for group in takewhile(bool, groups))


def is_loopback(address: str) -> bool:
    found = _read(address)
    return bool(found and found.is_loopback)


def _read(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None) or found
