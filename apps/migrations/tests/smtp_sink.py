"""A mail server on loopback that takes what it is sent, as much of the protocol as a client needs."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any


@dataclass
class Sink:
    port: int = 0
    emails: list[tuple[str, Any]] = field(default_factory=list)
    """(recipient, message)."""
    refused: set[str] = field(default_factory=set)


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("220 sink")
        to = ""
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word in {"EHLO", "HELO", "MAIL", "RSET"}:
                self.say("250 ok")
            elif word == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
                self.say("550 no such person" if to in self.sink.refused else "250 ok")
            elif word == "DATA":
                self.say("354 go on")
                self.sink.emails.append((to, message_from_bytes(self.content(), policy=policy.default)))
                self.say("250 ok")
            else:
                self.say("221 bye")
                return

    def content(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    @property
    def sink(self) -> Sink:
        return self.server.sink  # type: ignore[attr-defined]


class SinkServer:
    def __init__(self) -> None:
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self._server.daemon_threads = True
        self.sink = self._server.sink = Sink(port=self._server.server_address[1])  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
