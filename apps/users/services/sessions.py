# [DEF:users.services.sessions:Module]
# @COMPLEXITY: 3
# @PURPOSE: How long a session lasts: until it is idle for a while, and never longer than a working day.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION DEPENDS_ON -> core.concurrency

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user, logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.db import DatabaseError, Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.contracts.plain_text import is_storable
from apps.core.concurrency import write_if_possible
from apps.users.models import SsoSession, User

logger = logging.getLogger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

BEGAN, SEEN, UNTIL = "began", "seen", "until"
"""Keys of the session, in seconds since the epoch. One that began at the provider has an end of its own (`until`)."""

NOTED_EVERY = 60
"""Seconds: a session is not written with every request."""


def is_over(session: Any, now: float) -> bool:
    began, seen = session.get(BEGAN, now), session.get(SEEN, now)
    until = session.get(UNTIL, now)
    return bool(now - began > settings.SESSION_LIFETIME or now - seen > settings.SESSION_IDLE or now > until)


def lifetime(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def respond(request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            now = time.time()
            if is_over(request.session, now):
                _sign_out(request)
            else:
                _note(request.session, now)
        return get_response(request)

    return respond


def _sign_out(request: HttpRequest) -> None:
    """Even if the database cannot be written and keeps the session, nobody gets in with it."""
    try:
        logout(request)
    except Error as error:
        logger.warning("a session that is over could not be removed (%s)", error)
        request.session = type(request.session)()
        request.user = AnonymousUser()


class Sessions(SessionMiddleware):
    """Django's, but a page that was only read is shown whether or not its session can be stored.

    The target of a redirect may depend on the session, so there it must be stored, as after every change.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if request.method in SAFE and response.status_code == HTTPStatus.OK and request.session.modified:
            write_if_possible(lambda: self._store(request, response), "a session")
            return response
        return super().process_response(request, response)

    def _store(self, request: HttpRequest, response: HttpResponse) -> None:
        try:
            super().process_response(request, response)
        except SessionInterrupted as error:  # how Django reports any error of the database
            raise DatabaseError(str(error)) from error


def _note(session: Any, now: float) -> None:
    session.setdefault(BEGAN, now)
    if now - session.get(SEEN, 0) > NOTED_EVERY:
        session[SEEN] = now


def user_of_session(key: str) -> User | None:
    """Who is signed in with it, as for a request with this cookie. For connections without one, such as sockets."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key if is_storable(key) and key else None)
    user = get_user(request)
    return user if isinstance(user, User) and not is_over(request.session, time.time()) else None


def living_sessions(keys: Iterable[str]) -> set[str]:
    """Those of these keys that are neither deleted nor expired and still belong to an active account."""
    found = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    sessions = {row.session_key: row.get_decoded() for row in found}
    whose = {key: str(session.get(SESSION_KEY, "")) for key, session in sessions.items()}
    users = User.objects.in_bulk([int(pk) for pk in set(whose.values()) if pk.isdecimal()])
    accounts = {str(pk): _keys_of(user) for pk, user in users.items() if user.is_active}
    return {
        key
        for key, session in sessions.items()
        if any(constant_time_compare(session.get(HASH_SESSION_KEY, ""), each) for each in accounts.get(whose[key], ()))
    }


def _keys_of(user: User) -> list[str]:
    """What Django compares with what a session was begun with, see `django.contrib.auth.get_user`."""
    return [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]


def forget_expired() -> None:
    """Delete expired sessions, and what is known of the provider's sessions with them."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    SsoSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


_callbacks: list[Callable[[], None]] = []


def on_sessions_ended(callback: Callable[[], None]) -> None:
    """For an app above: call this when sessions end other than by being deleted, inside the transaction."""
    if callback not in _callbacks:
        _callbacks.append(callback)


def sessions_ended() -> None:
    """To be called in a transaction that ends sessions."""
    for callback in _callbacks:
        callback()
