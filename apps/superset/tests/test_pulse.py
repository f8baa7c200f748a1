"""How fast a server answers, and what its clock says."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from apps.superset.errors import Unreachable
from apps.superset.remote import pulse as module
from apps.superset.remote.pulse import HEALTH_PATH
from apps.superset.tests.connecting import Connect
from apps.superset.tests.superset_server import Reply, SupersetServer

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def stating(date: str) -> list[Reply]:
    return [Reply(body=b"OK", headers={"Date": date, "Content-Type": "text/plain"})] * module.TIMES


def ahead_by(session, date: str, *, now: float, took: float = 0.0) -> float | None:
    moments = iter([0.0, took] * module.TIMES)
    return module.read_pulse(session, now=lambda: now, clock=lambda: next(moments)).ahead


@pytest.fixture
def session(connect: Connect):
    return connect()._session


@pytest.mark.parametrize(
    ("ours", "took", "ahead"),
    [
        (0.0, 0.0, 0.0),
        (0.9, 0.0, 0.0),  # the header leaves out the fraction
        (-90.0, 0.0, 90.0),
        (91.0, 0.0, -90.0),
        (5.0, 5.0, 0.0),  # it may have been written any time while we waited
    ],
)
def test_the_clock_is_that_of_the_date_header(
    server: SupersetServer, session, ours: float, took: float, ahead: float
) -> None:
    date = format_datetime(NOON, usegmt=True)
    server.script(HEALTH_PATH, *stating(date))
    assert ahead_by(session, date, now=NOON.timestamp() + ours, took=took) == ahead


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 12:00:00 GMT"])
def test_a_server_without_a_date_has_no_known_clock(server: SupersetServer, session, date: str) -> None:
    server.script(HEALTH_PATH, *stating(date))
    assert ahead_by(session, date, now=NOON.timestamp()) is None


def test_it_is_the_median_of_several_answers_without_signing_in(server: SupersetServer, connect: Connect) -> None:
    server.script(HEALTH_PATH, *stating(format_datetime(datetime.now(UTC), usegmt=True)))
    found = connect().pulse()
    assert 0 < found.seconds < 1
    assert [seen.path for seen in server.seen] == [HEALTH_PATH] * module.TIMES


def test_a_server_that_does_not_answer_is_unreachable(server: SupersetServer, connect: Connect) -> None:
    server.script(HEALTH_PATH, *[server.drop()] * 20)
    with pytest.raises(Unreachable):
        connect().pulse()
