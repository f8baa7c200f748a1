# [DEF:superset.http.limits:Module]
# @COMPLEXITY: 2
# @PURPOSE: How long an exchange with a server may take, and how much of its response is read.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `read` is the longest silence, `total` the whole exchange, so that a host cannot stall by dripping
    bytes.

    Imports and exports have their own: the server sends nothing until it is done (31 s for 500 dashboards on 6.1.0).
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 90.0
    bundle_read: float = 300.0
    bundle_total: float = 600.0

    @classmethod
    def of(cls, read: float) -> Self:
        """Those for this silence, in proportion."""
        return cls(read=read, total=3 * read, bundle_read=10 * read, bundle_total=20 * read)


@dataclass(frozen=True, slots=True)
class ListLimits:
    """How much of one list is read, over all its pages, in case a server never ends it.

    The largest list measured has 4,200 rows in 42 pages and takes a few seconds.
    """

    rows: int = 200_000
    pages: int = 10_000
    size: int = 512 * MIB
    seconds: float = 1_800.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """The largest responses in bytes, after decompression; `reads` is the total of all reads of one client."""

    ordinary: int = 64 * MIB
    bundle: int = 512 * MIB
    reads: int = 8 * 1024 * MIB
    lists: ListLimits = field(default_factory=ListLimits)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of one exchange: seconds and bytes."""

    connect: float
    read: float
    total: float
    size: int
