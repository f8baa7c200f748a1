# [DEF:superset.probe:Module]
# @COMPLEXITY: 2
# @PURPOSE: Questions to the databases behind one Superset: each asked once, a few at a time, within a time limit.
"""A connection that hangs must not hold a plan up, and one that is down is asked nothing twice: whatever is not
answered is `Unknown`, with the reason. Nothing here changes anything, and no value of a row is kept.
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
    """Why there is no answer."""

    reason: str


class Probe(Protocol):
    """Asks the databases of one environment, on a connection of its own. For one thread at a time."""

    def schemas(self, database_id: int, *, catalog: str) -> list[str]:
        """Those that the connection shows to the account."""

    def tables(self, database_id: int, *, catalog: str, schema: str, fresh: bool = False) -> list[str]:
        """Tables and views. Superset may answer from its cache, unless it is to be `fresh`."""

    def columns(self, database_id: int, table: str, *, catalog: str, schema: str) -> list[str]:
        """Empty where there is no such table, on engines that do not refuse then (SQLite; seen on 6.1.0)."""

    def chart_error(self, chart_id: int) -> str | None:
        """What is wrong with the stored queries of a chart, asked for one row: empty where they answer, None where it
        has none. Nothing of the row is kept."""


class Probing(Protocol):
    """An environment whose databases can be asked."""

    def probe(self) -> AbstractContextManager[Probe]:
        """One more connection of the same account, for one thread."""


Name = TypeVar("Name", bound=Hashable)
Found = TypeVar("Found")
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many questions, how many of them at once, and the seconds after which no more are asked."""

    questions: int = 200
    at_once: int = 4
    seconds: float = 20.0


class Questions:
    """The time of all rounds of questions together begins when this is made."""

    def __init__(self, environment: Probing, bounds: Bounds, clock: Clock = time.monotonic) -> None:
        self._environment, self._bounds, self._clock = environment, bounds, clock
        self._until = clock() + bounds.seconds
        self._left = bounds.questions

    def answers(self, questions: Mapping[Name, Callable[[Probe], Found]]) -> dict[Name, Found | Unknown]:
        """By the same names. Raises only where the run is cancelled, or the sign-in is refused."""
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
