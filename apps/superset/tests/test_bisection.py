"""One asset that cannot be exported costs a few requests, and the others come all the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from apps.superset.assets import Kind
from apps.superset.errors import AuthRejected, ServerFault, SupersetError
from apps.superset.remote.bisection import MOST, PATIENCE, Bisection, batches

IDS = list(range(1, 51))


class Server:
    """Exports a batch unless one of these is in it."""

    def __init__(self, *bad: int, error: type[SupersetError] = ServerFault) -> None:
        self.bad, self.error = set(bad), error
        self.asked: list[list[int]] = []

    def fetch(self, kind: Kind, ids: Sequence[int]) -> list[int]:
        self.asked.append(list(ids))
        if self.bad.intersection(ids):
            raise self.error("it broke")
        return list(ids)


def taken(server: Server, ids: Sequence[int] = IDS) -> tuple[list[int], list[int], list[int]]:
    """What came, what was found to be bad, and what was not tried."""
    parts = list(Bisection(server.fetch).parts(Kind.DASHBOARD, ids))
    came = [each for part in parts for each in part.content or ()]
    bad = [each for part in parts if part.error and part.tried for each in part.ids]
    return came, bad, [each for part in parts if not part.tried for each in part.ids]


def test_a_batch_without_fault_is_one_request() -> None:
    server = Server()
    assert taken(server) == (IDS, [], [])
    assert len(server.asked) == 1


@pytest.mark.parametrize("bad", [1, 25, 50])
def test_the_asset_at_fault_is_found_and_the_others_are_exported(bad: int) -> None:
    server = Server(bad)
    assert taken(server) == ([each for each in IDS if each != bad], [bad], [])
    assert len(server.asked) <= 13


def test_several_at_fault_are_all_found() -> None:
    server = Server(3, 4, 40)
    assert taken(server)[1] == [3, 4, 40]


def test_a_batch_of_nothing_but_bad_ones_is_given_up_within_bounds() -> None:
    server = Server(*IDS)
    came, bad, untried = taken(server)
    assert came == []
    assert sorted([*bad, *untried]) == IDS
    assert len(server.asked) == PATIENCE + 1


def test_the_next_batch_is_tried_although_one_was_given_up() -> None:
    server = Server(*range(2, 40))
    bisection = Bisection(server.fetch)
    list(bisection.parts(Kind.DASHBOARD, IDS))
    (part,) = bisection.parts(Kind.DASHBOARD, [60, 61])
    assert part.content == [60, 61]


def test_many_batches_with_bad_ones_are_bounded_in_all() -> None:
    server = Server(*range(1, 10_000, 7))
    bisection = Bisection(server.fetch)
    for batch in batches(range(1, 10_000), 50):
        list(bisection.parts(Kind.DASHBOARD, batch))
    failed = [ids for ids in server.asked if server.bad.intersection(ids)]
    assert len(failed) == MOST + 1


def test_a_server_that_exports_nothing_is_at_fault_itself() -> None:
    bisection = Bisection(Server(*IDS).fetch)
    list(bisection.parts(Kind.DASHBOARD, IDS))
    assert str(bisection.fault) == "it broke. See Superset's own log for the cause."


def test_a_server_that_exported_something_is_not_at_fault_itself() -> None:
    bisection = Bisection(Server(*range(2, 51)).fetch)
    list(bisection.parts(Kind.DASHBOARD, [1]))
    list(bisection.parts(Kind.DASHBOARD, IDS))
    assert bisection.fault is None


def test_what_no_asset_can_do_ends_the_search_at_once() -> None:
    server = Server(7, error=AuthRejected)
    with pytest.raises(AuthRejected):
        taken(server)
    assert len(server.asked) == 1
