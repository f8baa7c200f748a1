"""The web server in a thread of the test, and browsers of its users."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import ExitStack, suppress
from typing import Any, get_args, get_type_hints

from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from apps.tasks.live.messages import Message
from apps.tasks.web import server

PATIENCE = 20.0

KEYS = {get_args(get_type_hints(each)["type"])[0]: each.__required_keys__ for each in get_args(Message)}
"""Type of a message → what it has."""


class Browser:
    """A socket of a page. `to_the_end` has all that is told until it is closed, and `closed` the code then."""

    def __init__(self, line: ClientConnection) -> None:
        self.line = line

    def say(self, **facts: Any) -> Browser:
        with suppress(ConnectionClosed):  # what comes next tells
            self.line.send(json.dumps(facts))
        return self

    def hear(self) -> dict[str, Any]:
        """The next message, which has what its type says."""
        told: dict[str, Any] = json.loads(self.line.recv(PATIENCE))
        assert told.keys() == KEYS[told["type"]]
        return told

    def wait_for(self, kind: str) -> dict[str, Any]:
        while (told := self.hear())["type"] != kind:
            pass
        return told

    def lines(self, number: int) -> list[dict[str, Any]]:
        """The next so many lines, in whatever messages they come."""
        found: list[dict[str, Any]] = []
        while len(found) < number:
            found += self.wait_for("lines")["lines"]
        return found

    def to_the_end(self) -> list[dict[str, Any]]:
        told = []
        while True:
            try:
                told.append(self.hear())
            except ConnectionClosed:
                return told

    @property
    def closed(self) -> tuple[int | None, str | None]:
        self.to_the_end()
        return self.line.close_code, self.line.close_reason


class Door:
    """Where browsers come to: the port of a web server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._lines = ExitStack()

    def browser(self, path: str, who: Client | None = None, *, origin: str = "", host: str = "") -> Browser:
        host = host or f"127.0.0.1:{self.port}"
        line = connect(
            f"ws://{host}/{path}",
            sock=socket.create_connection(("127.0.0.1", self.port)),
            origin=Origin(origin or f"http://{host}"),
            additional_headers={"Cookie": cookie_of(who)} if who else {},
            close_timeout=1,
        )
        return Browser(self._lines.enter_context(line))

    def close(self) -> None:
        self._lines.close()


class Site(Door):
    """The web server in a thread of the test."""

    def __init__(self) -> None:
        self._socket = server.listen(0)
        super().__init__(self._socket.getsockname()[1])
        self.server = server.server()
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()

    def close(self) -> None:
        super().close()
        self.server.should_exit = True
        self._thread.join()
        self._socket.close()


def cookie_of(who: Client) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={who.cookies[settings.SESSION_COOKIE_NAME].value}"


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def wait_until(what: Any, sentence: str) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, sentence
        time.sleep(0.02)
