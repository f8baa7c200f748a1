"""From where somebody came: by the word of a proxy that the settings name, and of nobody else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from apps.tasks.web import server

HEARD: list[str] = []


async def application(scope: Any, receive: Any, send: Any) -> None:
    """In place of ours: notes who comes, as it is told by the server."""
    HEARD.append(scope["client"][0])


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
def test_the_address_of_a_client_is_taken_from_trusted_proxies(proxies, told, address, settings):
    settings.PROXIES, settings.ASGI_APPLICATION = proxies, f"{__name__}.application"
    config = server.server().config
    config.load()
    headers = [(b"x-forwarded-for", told.encode())]
    asyncio.run(config.loaded_app({"type": "http", "client": ("127.0.0.1", 1), "headers": headers}, None, None))
    assert HEARD.pop() == address
