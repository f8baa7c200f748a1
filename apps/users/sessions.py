# [DEF:users.sessions:Module]
# @COMPLEXITY: 3
# @PURPOSE: How long a session lasts: it ends when it was not used for a while, and after a day's work in any case.
# @RELATION DEPENDS_ON -> users.models
"""How long a session lasts: it ends when it was not used for a while, and after a day's work in any case."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user, logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.users.models import User

BEGAN, SEEN, UNTIL = "began", "seen", "until"
"""In the session: seconds since the epoch. One that began at the directory's provider has an end of its own."""

NOTED_EVERY = 60
"""Seconds: a session is not written with every request."""


def is_over(session: Any, now: float) -> bool:
    began, seen = session.get(BEGAN, now), session.get(SEEN, now)
    until = session.get(UNTIL, now)
    return bool(now - began > settings.SESSION_LIFETIME or now - seen > settings.SESSION_IDLE or now > until)


def lifetime(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            now = time.time()
            if is_over(request.session, now):
                logout(request)
            else:
                _note(request.session, now)
        return get_response(request)

    return answer


def _note(session: Any, now: float) -> None:
    session.setdefault(BEGAN, now)
    if now - session.get(SEEN, 0) > NOTED_EVERY:
        session[SEEN] = now


def user_of_session(key: str) -> User | None:
    """Who is signed in with it, as a request with this cookie would find: for what is none, such as a socket."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key or None)
    user = get_user(request)
    return user if isinstance(user, User) and not is_over(request.session, time.time()) else None


def living_sessions(keys: Iterable[str]) -> set[str]:
    """Those of these keys that are neither deleted nor expired."""
    found = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    return set(found.values_list("session_key", flat=True))
