from __future__ import annotations

import pytest

from apps.users.client_address import beginning, is_loopback, network


@pytest.mark.parametrize(
    ("address", "whole", "begins"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1:2:"),
        ("2001:db8::5", "2001:db8::/64", "2001:db8:"),
        ("2001:0:0:1::5", "2001:0:0:1::/64", "2001:"),
        ("fe80::1%eth0", "fe80::/64", "fe80:"),
        ("::ffff:192.0.2.7", "192.0.2.7", "::ffff:192.0.2.7"),
        ("::1", "::/64", ""),
        ("testclient", "testclient", "testclient"),
        ("", "", ""),
    ],
)
def test_an_address_belongs_to_a_network_and_begins_as_its_neighbours_do(address, whole, begins):
    assert (network(address), beginning(address)) == (whole, begins)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.7", False),
        ("::2", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_the_addresses_of_the_machine_itself_are_known(address, loopback):
    assert is_loopback(address) == loopback
