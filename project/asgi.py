# [DEF:project.asgi:Module]
# @COMPLEXITY: 3
# @PURPOSE: The ASGI application. Loads everything that requests need, so that the first one is not slow.
# @RELATION DEPENDS_ON -> project.web.thread_pool
# @RELATION DEPENDS_ON -> plugins.registry
# @RELATION DEPENDS_ON -> project.web.limits

from __future__ import annotations

import os
import re

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from apps.plugins.registry import registry
from project.web.limits import Limited
from project.web.thread_pool import Pool

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

THREADS = 4
"""Requests that are processed at once; each further thread costs memory and a database connection."""

LARGE = re.compile(
    r"/api/v1/(environments/[^/]+/(matrix|assets/.+)|(migrations|tasks)/\d+/(overview|changes|explain|plan|rollback)\b.*)"
)
"""What pages of the application ask for that reads the catalogues of all environments, or a whole plan."""

pages = Limited(Pool(get_wsgi_application(), THREADS, LARGE.fullmatch), settings.LARGEST_REQUEST)

from project.routing import sockets  # noqa: E402 - after Django is set up

application = ProtocolTypeRouter({"http": pages, "websocket": sockets})
"""Requests go to the threads of the pool; sockets stay on the event loop and occupy no thread."""

get_resolver().url_patterns  # noqa: B018 - loads every view
registry()
