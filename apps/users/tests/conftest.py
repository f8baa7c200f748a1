from __future__ import annotations

import threading

import pytest
from django.test import Client

from apps.users.models import GroupMapping
from apps.users.services.grants import get_role
from apps.users.sso import provider as providers
from apps.users.tests.evil_provider import CLIENT, EC_KEY, RSA_KEY, EvilProvider, public, signed


@pytest.fixture(scope="module")
def server():
    server = EvilProvider()
    yield server
    server.close()


@pytest.fixture
def idp(server, settings, monkeypatch, db):
    """The provider, as it was when it began, and Lockstep set up for it; one group is mapped."""
    monkeypatch.setattr(providers, "_providers", {})
    monkeypatch.setattr(providers, "REFRESHED", 0)
    server.claims = {"sub": "alice-1", "upn": "alice@corp.test", "group": ["BI-DEV"]}
    server.access_claims, server.sign, server.description, server.down = {}, signed, {}, False
    server.hangs, server.released = "nowhere", threading.Event()
    server.keys = [public(RSA_KEY, "one"), public(EC_KEY, "two")]
    settings.SSO_ISSUER = server.issuer
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, "only-for-tests"
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "apps.users.sso.backend.SsoBackend",
    ]
    GroupMapping.objects.create(group="BI-DEV", role=get_role("analyst"), where="dev")
    yield server
    server.released.set()


@pytest.fixture
def browser():
    return Client()
