"""The listening side of a gateway: one exchange per request of a client."""

from __future__ import annotations

import contextlib
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from rig.hostile.gateway.exchange import Exchange, Proxy, Response
from rig.ports import LOOPBACK


class Listener(Proxy, Protocol):
    """A gateway that treats each exchange before its reply is sent."""

    def serve(self, exchange: Exchange) -> None: ...


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignored: in many attacks the client is gone."""


def listen(gateway: Listener) -> Server:
    """A server on a free port of loopback; its `serve_forever` hands every request to the gateway."""
    return Server((LOOPBACK, 0), _handler(gateway))


def _handler(gateway: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            exchange = Exchange(gateway, self.command, self.path, dict(self.headers.items()), body)
            exchange.socket = self.connection
            gateway.serve(exchange)
            if exchange.dropped or exchange.reply is None:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._send(exchange.reply)

        def _send(self, reply: Response) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            with contextlib.suppress(OSError):
                self.end_headers()
                self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_any  # noqa: N815 - as http.server wants them

        def log_message(self, *_: object) -> None:
            pass

    return Handler
