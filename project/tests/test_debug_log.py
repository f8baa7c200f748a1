"""What a real server writes where everything is to be written: no credentials of those who come."""

from __future__ import annotations

import urllib.parse
import urllib.request

import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

from project.tests.running import PATIENCE
from project.tests.served import Served

PASSWORD = "a-word-that-4-nobody-knows"
SESSION = "abcdefghijklmnopqrstuvwxyz012345"


@pytest.mark.parametrize("debug", ["0", "1"])
def test_the_debug_log_has_no_credentials(debug, tmp_path):
    run = Served(tmp_path / "data", LOCKSTEP_LOG_LEVEL="DEBUG", LOCKSTEP_DEBUG=debug)
    try:
        run.ask("/api/v1/health")
        run.ask("/api/v1/environments?search=" + PASSWORD)
        _sign_in(run)
        _open_a_socket(run)
        run.process.terminate()
        run.process.wait(PATIENCE)
        written = run.told
    finally:
        run.kill()
    assert "/ws/activity/?token=********" in written
    assert [each for each in (run.token, PASSWORD, SESSION) if each in written] == []


def _sign_in(run: Served) -> None:
    sent = urllib.parse.urlencode({"username": "ann", "password": PASSWORD}).encode()
    headers = {"Cookie": f"lockstep_session={SESSION}"}
    request = urllib.request.Request(f"http://127.0.0.1:{run.port}/admin/login/", sent, headers)
    with pytest.raises(urllib.error.HTTPError, match="403"):  # without the token of the form
        urllib.request.urlopen(request, timeout=PATIENCE)


def _open_a_socket(run: Served) -> None:
    headers = {"Cookie": f"lockstep_session={SESSION}", "Authorization": f"Bearer {run.token}"}
    address = f"127.0.0.1:{run.port}"
    with connect(f"ws://{address}/ws/activity/?token={PASSWORD}", origin=Origin(f"http://{address}"),
                 additional_headers=headers) as line, pytest.raises(WebSocketException):  # fmt: skip
        line.recv(PATIENCE)
