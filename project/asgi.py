"""What the web server calls. All that answering needs is loaded here, so that the first request is not a slow one."""

from __future__ import annotations

import os

from asgiref.wsgi import WsgiToAsgi
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from apps.plugins.registry import registry
from project.pool import Pool

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

THREADS = 4
"""Requests that are worked on at once; each thread more costs memory and a database connection."""

application = Pool(WsgiToAsgi(get_wsgi_application()), THREADS)

get_resolver().url_patterns  # noqa: B018 - loads every view
registry()
