from __future__ import annotations

import socket

import pytest

from conftest import NetworkBlocked


def test_a_test_cannot_leave_the_machine():
    with socket.socket() as other, pytest.raises(NetworkBlocked):
        other.connect(("192.0.2.1", 80))
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("superset.example.com", 443)


def test_a_test_reaches_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert socket.getaddrinfo("localhost", 80)
