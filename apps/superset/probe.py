# [DEF:superset.probe:Module]
# @COMPLEXITY: 2
# @PURPOSE: Queries to the databases behind one Superset: each sent once, a few at a time, within a time limit.
"""A hanging connection must not delay a plan, and one that is down is not queried again: everything without a response
is `Unknown`, with the reason. Nothing here changes anything, and no row values are kept.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Protocol, TypeVar

from apps.contracts.plain_text import one_line
from apps.superset.errors import AuthRejected, Cancelled, SupersetError

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why there is no result."""

    reason: str


class Probe(Protocol):
    """Queries the databases of one environment, on its own connection. For one thread at a time."""

    def schemas(self, database_id: int, *, catalog: str) -> list[str]:
        """Those that the connection shows to the account."""

    def tables(self, database_id: int, *, catalog: str, schema: str, fresh: bool = False) -> list[str]:
        """Tables and views. Superset may answer from its cache unless `fresh` is set."""

    def columns(self, database_id: int, table: str, *, catalog: str, schema: str) -> list[str]:
        """Empty if there is no such table, on engines that do not raise an error then (SQLite; seen on 6.1.0)."""

    def chart_error(self, chart_id: int) -> str | None:
        """What is wrong with the stored queries of a chart, run for one row: empty if they succeed, None if it has
        none. The row is not kept."""


class Probing(Protocol):
    """An environment whose databases can be queried."""

    def probe(self) -> AbstractContextManager[Probe]:
        """One more connection of the same account, for one thread."""


Name = TypeVar("Name", bound=Hashable)
Found = TypeVar("Found")
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many queries, how many at once, and the seconds after which no more are sent."""

    questions: int = 200
    at_once: int = 4
    seconds: float = 20.0


class Questions:
    """The time limit for all rounds together starts when this is created."""

    def __init__(self, environment: Probing, bounds: Bounds, clock: Clock = time.monotonic) -> None:
        self._environment, self._bounds, self._clock = environment, bounds, clock
        self._until = clock() + bounds.seconds
        self._left = bounds.questions

    def answers(self, questions: Mapping[Name, Callable[[Probe], Found]]) -> dict[Name, Found | Unknown]:
        """By the same names. Raises only if the run is cancelled, or the sign-in is refused."""
        names = list(questions)
        chosen, rest = names[: self._left], names[self._left :]
        self._left -= len(chosen)
        late: dict[Name, Found | Unknown] = dict.fromkeys(rest, Unknown("not asked: too many questions"))
        if not chosen:
            return late
        with ExitStack() as stack:
            free: queue.SimpleQueue[Probe] = queue.SimpleQueue()
            workers = min(self._bounds.at_once, len(chosen))
            for _ in range(workers):
                free.put(stack.enter_context(self._environment.probe()))
            pool = stack.enter_context(ThreadPoolExecutor(max_workers=workers))
            found = list(pool.map(lambda name: self._answer(free, questions[name]), chosen))
        return dict(zip(chosen, found, strict=True)) | late

    def _answer(self, free: queue.SimpleQueue[Probe], question: Callable[[Probe], Found]) -> Found | Unknown:
        probe = free.get()
        try:
            if self._clock() > self._until:
                return Unknown("not asked: out of time")
            return question(probe)
        except (Cancelled, AuthRejected):
            raise
        except SupersetError as error:
            return Unknown(one_line(error.detail, LONGEST_REASON))
        finally:
            free.put(probe)
