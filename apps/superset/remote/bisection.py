# [DEF:superset.remote.bisection:Module]
# @COMPLEXITY: 2
# @PURPOSE: Exports in batches, isolating single assets that Superset cannot export.
"""Superset exports a batch completely or not at all, and its response names no asset: `{"message":"Fatal error"}` (seen
on 6.1.0 for a dashboard whose title is NULL; source: utils/file.py, get_filename). So a batch that fails is halved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from apps.superset.assets import Kind
from apps.superset.errors import BundleInvalid, NotFound, ServerFault, SupersetError

SPOILT = (NotFound, BundleInvalid, ServerFault)
"""Errors of a whole batch that one asset can cause: deleted meanwhile, broken content, a bug in Superset."""

PATIENCE = 12
"""Failed exports in a row after which the rest of a batch is skipped. Halving fifty takes six."""

MOST = 60
"""Failed exports in total: enough to find any ten assets."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """Some ids of a kind and the result of their export, or why there is none. `tried` is false for ids that were not
    requested because too many exports had failed."""

    kind: Kind
    ids: tuple[int, ...]
    content: T | None = None
    error: SupersetError | None = None
    tried: bool = True


class Bisection(Generic[T]):
    """`fetch` exports some assets; errors in SPOILT are attributed to one of them."""

    def __init__(self, fetch: Callable[[Kind, Sequence[int]], T], *, most: int = MOST) -> None:
        self._fetch, self._most = fetch, most
        self._in_a_row = self._failed = self._succeeded = 0
        self._last: SupersetError | None = None

    @property
    def fault(self) -> SupersetError | None:
        """The server's error for every export, if nothing could be exported and the search was given up."""
        return self._last if self._has_given_up and not self._succeeded else None

    def parts(self, kind: Kind, batch: Sequence[int]) -> Iterator[Part[T]]:
        """The batch in as few parts as its bad assets allow, in order."""
        if self._succeeded:
            self._in_a_row = 0
        yield from self._parts(kind, batch)

    @property
    def _has_given_up(self) -> bool:
        return self._in_a_row > PATIENCE or self._failed > self._most

    def _parts(self, kind: Kind, ids: Sequence[int]) -> Iterator[Part[T]]:
        if self._has_given_up:
            yield Part(kind, tuple(ids), error=self._last, tried=False)
            return
        try:
            content = self._fetch(kind, ids)
        except SPOILT as error:
            self._failed, self._in_a_row, self._last = self._failed + 1, self._in_a_row + 1, error
            yield from self._halves(kind, ids, error)
        else:
            self._succeeded, self._in_a_row = self._succeeded + 1, 0
            yield Part(kind, tuple(ids), content)

    def _halves(self, kind: Kind, ids: Sequence[int], error: SupersetError) -> Iterator[Part[T]]:
        if len(ids) == 1:
            yield Part(kind, tuple(ids), error=error)
            return
        middle = len(ids) // 2
        yield from self._parts(kind, ids[:middle])
        yield from self._parts(kind, ids[middle:])


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in chunks of this size."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
