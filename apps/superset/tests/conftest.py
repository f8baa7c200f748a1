"""A stand-in server, and clients of it whose waiting takes no time."""

from __future__ import annotations

import pytest

from apps.superset.tests.connecting import Time, connecting
from apps.superset.tests.superset_server import SupersetServer


@pytest.fixture
def server():
    with SupersetServer() as running:
        yield running


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def connect(server, time):
    with connecting(server, time) as connect:
        yield connect
