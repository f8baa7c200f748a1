"""A proxy in front of a Superset that changes ZIPs on their way, to show that a migration notices.

Everything else is forwarded unchanged. Uploads of imports pass one function, downloads of exports another.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from rig.ports import LOOPBACK

Spoil = Callable[[bytes], bytes]
"""From the received ZIP to the bytes that are forwarded."""

Edit = Callable[[dict[str, bytes]], None]
"""Changes the files of a ZIP in place."""

TIMEOUT = 300
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class Proxy:
    """A listening proxy, and how many ZIPs it changed."""

    def __init__(self, url: str, spoil_upload: Spoil | None, spoil_download: Spoil | None) -> None:
        self.spoiled = 0
        self._upload, self._download = spoil_upload, spoil_download
        self._target = urlsplit(url)
        self.server = ThreadingHTTPServer((LOOPBACK, 0), self._handler())
        self.url = f"http://{LOOPBACK}:{self.server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, answer = proxy.forward(self.command, self.path, dict(self.headers.items()), body)
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                with contextlib.suppress(ConnectionError):  # the client may be gone
                    self.end_headers()
                    self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = do_any  # noqa: N815 - as http.server wants them

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Forward a request; status, headers and body of the response."""
        if method == "POST" and "/import/" in path:
            body = self._spoil_part(body, headers["Content-Type"].partition("boundary=")[2].strip('"').encode())
        connection = http.client.HTTPConnection(self._target.hostname or "", self._target.port, timeout=TIMEOUT)
        try:
            kept = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
            connection.request(method, path, body, kept)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if "/export/" in path and answer.status == http.HTTPStatus.OK and self._download:
            content, self.spoiled = self._download(content), self.spoiled + 1
        return answer.status, [pair for pair in answer.getheaders() if pair[0].lower() not in HOP_BY_HOP], content

    def _spoil_part(self, body: bytes, boundary: bytes) -> bytes:
        """The form with its ZIP changed."""
        if self._upload is None:
            return body
        begin = body.index(b"PK")
        end = body.index(b"\r\n--" + boundary, body.rindex(b"PK"))
        spoiled = self._upload(body[begin:end])
        self.spoiled += spoiled != body[begin:end]
        return body[:begin] + spoiled + body[end:]


@contextmanager
def tampering(url: str, *, upload: Spoil | None = None, download: Spoil | None = None) -> Iterator[Proxy]:
    """A proxy in front of the server at `url`, as long as the context lasts."""
    proxy = Proxy(url, upload, download)
    thread = threading.Thread(target=proxy.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown()
        proxy.server.server_close()
        thread.join()


def editing(edit: Edit) -> Spoil:
    """A function that unpacks a ZIP, lets `edit` change its files, and packs it again."""

    def spoil(bundle: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        before = dict(files)
        edit(files)
        return bundle if files == before else packed(files)

    return spoil


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
