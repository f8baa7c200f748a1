"""From where somebody came: by the word of a proxy that the settings name, and of nobody else."""

from __future__ import annotations

import http.client
import json
from contextlib import closing

import pytest

from apps.audit.models import AuditEntry
from apps.tasks.tests.sockets import Site

WRONG = json.dumps({"username": "author", "password": "wrong"})


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (["127.0.0.1"], "203.0.113.7", "203.0.113.7"),
        (["127.0.0.0/8", "198.51.100.4"], "203.0.113.7, 198.51.100.4", "203.0.113.7"),
        (["127.0.0.1"], "10.9.9.9, 203.0.113.7", "203.0.113.7"),
        (["198.51.100.4"], "203.0.113.7", "127.0.0.1"),
        ([], "203.0.113.7", "127.0.0.1"),
    ],
)
def test_an_address_is_that_of_the_client_as_trusted_proxies_tell_it(
    proxies, told, address, transactional_db, author, settings
):
    settings.PROXIES = proxies
    with closing(Site()) as site:
        line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
        line.request("GET", "/api/v1/session")
        first = line.getresponse()
        token = json.loads(first.read())["extra"]["csrf_token"]
        cookie = first.getheader("Set-Cookie", "").partition(";")[0]
        headers = {"X-CSRFToken": token, "Cookie": cookie, "Content-Type": "application/json", "X-Forwarded-For": told}
        line.request("POST", "/api/v1/session", WRONG, headers)
        assert line.getresponse().status == 401
        line.close()
    assert AuditEntry.objects.get(action="session.refused").address == address
