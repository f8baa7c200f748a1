# [DEF:project.routing:Module]
# @COMPLEXITY: 3
# @PURPOSE: Every WebSocket that Lockstep serves, and from which pages it may be opened.
# @RELATION DEPENDS_ON -> tasks.live.consumers

from __future__ import annotations

import logging
from typing import Any, cast
from urllib.parse import urlsplit

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, WebSocketScope
from channels.routing import URLRouter
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import path, re_path
from django.utils.http import is_same_domain

from apps.tasks.live.consumers import ActivityConsumer, TaskConsumer
from apps.tasks.live.hub import Hub

logger = logging.getLogger(__name__)


class OwnPagesOnly:
    """Refuses a handshake from a page of another site, with which the browser also sends our cookie.

    Our pages have the same host *and port*, which is in ALLOWED_HOSTS, or are in CSRF_TRUSTED_ORIGINS.
    """

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application

    async def __call__(self, scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin, host = headers.get(b"origin", ""), headers.get(b"host", "")
        if _is_own(origin, host):
            await self._application(scope, receive, send)
        else:
            logger.warning("a socket for a page of “%s” on “%s” is refused", origin, host)
            await _refuse(scope, receive, send)


def _is_own(origin: str, host: str) -> bool:
    try:
        page = urlsplit(origin.lower())
    except ValueError:
        return False
    if page.scheme not in {"http", "https"} or not page.netloc:
        return False
    if page.netloc == host.lower():
        return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
    return any(
        page.scheme == trusted.scheme and is_same_domain(page.netloc, trusted.netloc.lstrip("*"))
        for trusted in map(urlsplit, settings.CSRF_TRUSTED_ORIGINS)
    )


async def _refuse(_scope: Any, _receive: Any, send: ASGISendCallable) -> None:
    await send({"type": "websocket.close", "code": 1008, "reason": None})


hub = Hub()

ROUTES = [
    path("ws/tasks/<int:task>/", TaskConsumer.as_asgi(hub=hub)),
    path("ws/activity/", ActivityConsumer.as_asgi(hub=hub)),
    re_path("", cast("Any", _refuse)),
]

sockets = OwnPagesOnly(URLRouter(ROUTES))
