"""People with different roles who walk through the application, each with a connection of their own."""

from __future__ import annotations

import http.client
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from rig.bench.comparison.users import KEPT
from rig.bench.speed.installation import Server
from rig.bench.speed.pages import Request, Walk, all_requests
from rig.errors import RigError

TIMEOUT = 300.0
"""Seconds for an answer: a busy machine is slow, and nothing is lost by waiting."""

ANSWERED = (http.client.OK, http.client.FORBIDDEN)
"""Not everybody may see the plugins, whose names the list of tasks asks for; it does without them then."""

ROUNDS = 20
"""Of each request alone, after one that is not counted."""


@dataclass(frozen=True, slots=True)
class Answer:
    request: Request
    seconds: float
    size: int
    failed: bool = False
    """The connection was closed without an answer, twice."""


class Person:
    def __init__(self, server: Server, facts: dict[str, Any], number: int) -> None:
        people = facts["people"]
        self._cookie = people[number % len(people)]["cookie"]
        self._chance = random.Random(number)
        self._connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=TIMEOUT)
        self.walk = Walk(facts, self._chance)

    def use(self, until: float, think: float, *, lenient: bool = False) -> list[Answer]:
        """Open pages until then, `think` seconds (mean) apart. The requests of a page follow each other."""
        ask = self.ask_as_a_browser if lenient else self.ask
        answers: list[Answer] = []
        while True:
            pause = self._chance.expovariate(1 / think) if think else 0.0
            if time.monotonic() + pause >= until:
                self.close()
                return answers
            if pause > KEPT:
                self._connection.close()  # the server is about to
            time.sleep(pause)
            for request in self.walk.page():
                if time.monotonic() < until:
                    answers.append(ask(request))

    def close(self) -> None:
        self._connection.close()

    def ask_as_a_browser(self, request: Request) -> Answer:
        """It asks again on a new connection, once, if the server closed this one."""
        began = time.perf_counter()
        for _ in range(2):
            try:
                return replace(self.ask(request), seconds=time.perf_counter() - began)
            except (OSError, http.client.HTTPException):
                self._connection.close()
        return Answer(request, time.perf_counter() - began, 0, failed=True)

    def ask(self, request: Request) -> Answer:
        """RigError for any other status than those of `ANSWERED`."""
        began = time.perf_counter()
        self._connection.request("GET", f"/api/v1/{request.address}", headers={"Cookie": self._cookie})
        answer = self._connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
        if answer.status not in ANSWERED:
            raise RigError(f"{request.address} returned {answer.status}: {body[:300].decode(errors='replace')}")
        return Answer(request, seconds, len(body))


def together(
    servers: Sequence[Server],
    facts: dict[str, Any],
    seconds: float,
    think: float,
    *,
    count: int = 0,
    lenient: bool = False,
) -> list[Answer]:
    """Everybody at once, spread over the servers. `count` people instead of those of `facts`: some are there twice."""
    until = time.monotonic() + seconds
    count = count or len(facts["people"])
    with ThreadPoolExecutor(count) as pool:
        people = [Person(servers[number % len(servers)], facts, number) for number in range(count)]
        each = [pool.submit(person.use, until, think, lenient=lenient) for person in people]
        return [answer for person in each for answer in person.result()]


def by_endpoint(answers: Iterable[Answer]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for answer in answers:
        found[answer.request.endpoint].append(answer.seconds)
    return dict(sorted(found.items()))


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one request alone: seconds until it is answered (median), seconds of the server's processor, bytes."""

    template: str
    seconds: float
    cpu: float
    size: int


def alone(server: Server, facts: dict[str, Any], rounds: int = ROUNDS) -> list[Cost]:
    """Each request of each page, by an analyst who sees everything, while nobody else is there."""
    person = Person(server, facts, 0)
    return [_cost(server, person, template, rounds) for template in all_requests()]


def _cost(server: Server, person: Person, template: str, rounds: int) -> Cost:
    [request] = person.walk.requests([template])
    person.ask(request)
    before = server.cpu()
    answers = [person.ask(request) for _ in range(rounds)]
    cpu = (server.cpu() - before) / rounds
    return Cost(template, statistics.median(each.seconds for each in answers), cpu, answers[0].size)
