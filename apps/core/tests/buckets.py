"""A real S3 server on loopback: moto's, in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from threading import Event
from typing import Any

import boto3
import requests

SECONDS = 60.0


@dataclass
class S3Server:
    endpoint: str
    process: subprocess.Popen[bytes]
    numbers: Iterator[int]

    def bucket(self) -> str:
        """A new, empty one."""
        name = f"lockstep-{next(self.numbers)}"
        requests.put(f"{self.endpoint}/{name}", timeout=SECONDS).raise_for_status()
        return name

    def client(self) -> Any:
        """A second opinion on what is in a bucket."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="AKIAONLYFORTESTS",
            aws_secret_access_key="only-for-tests",
        )

    def settings(self, bucket: str, prefix: str = "") -> dict[str, str]:
        """As environment variables."""
        return {
            "LOCKSTEP_STORAGE": f"s3://{bucket}/{prefix}".rstrip("/"),
            "LOCKSTEP_S3_ENDPOINT": self.endpoint,
            "LOCKSTEP_S3_ACCESS_KEY_ID": "AKIAONLYFORTESTS",
            "LOCKSTEP_S3_SECRET_ACCESS_KEY": "only-for-tests",
        }


def files_in(endpoint: str, bucket: str, prefix: str = "site") -> dict[str, Any]:
    """For `settings.STORAGES`."""
    options = {"bucket": bucket, "prefix": prefix, "endpoint": endpoint, "region": "us-east-1"}
    keys = {"access_key_id": "AKIAONLYFORTESTS", "secret_access_key": "only-for-tests"}
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return {"files": {"BACKEND": "apps.core.stores.s3.S3Files", "OPTIONS": options | keys}, "staticfiles": static}


@contextmanager
def s3_server() -> Iterator[S3Server]:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _await(endpoint, process)
        yield S3Server(endpoint, process, count(1))
    finally:
        process.kill()
        process.wait()


def _await(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    pause = Event()
    for _ in range(int(SECONDS * 10)):
        with suppress(requests.ConnectionError):
            if requests.get(f"{endpoint}/moto-api/", timeout=SECONDS).status_code == HTTPStatus.OK:
                return
        assert process.poll() is None, "moto's server has ended; run python -m moto.server to see why"
        pause.wait(0.1)
    raise AssertionError("moto's server does not answer")
