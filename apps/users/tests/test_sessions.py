from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from apps.users.models import SsoSession
from apps.users.services.sessions import forget_expired


def test_what_nobody_can_use_any_more_is_forgotten(author, viewer):
    for user in (author, viewer):
        browser = Client()
        browser.force_login(user)
        key = browser.cookies["lockstep_session"].value
        SsoSession.objects.create(session_key=key, sid=user.username)
    Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    forget_expired()
    assert Session.objects.count() == 1
    assert list(SsoSession.objects.values_list("sid", flat=True)) == ["author"]
