"""What the provider is asked, and what happens when it does not answer, or is another."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from apps.users.sso import backend
from apps.users.sso import provider as providers
from apps.users.tests.signing import begin, sign_in, who


def test_when_the_provider_is_down_a_page_says_so_and_a_password_still_works(browser, idp, author):
    idp.down = True
    answer = browser.get("/sso/begin")
    assert answer.status_code == 503
    assert "The provider responded with 503" in answer.content.decode()
    assert "Sign in with a password" in answer.content.decode()
    browser.post("/admin/login/", {"username": "author", "password": "only-for-tests"})
    assert who(browser) == "author"


def test_a_provider_that_calls_itself_otherwise_is_not_believed(browser, idp):
    idp.description = {"issuer": "https://evil.example.com"}
    answer = browser.get("/sso/begin")
    assert answer.status_code == 503
    assert "Set LOCKSTEP_SSO_ISSUER" in answer.content.decode()


def test_endpoints_without_tls_elsewhere_are_not_used(browser, idp):
    idp.description = {"token_endpoint": "http://fs.corp.test/token"}
    assert "no usable token_endpoint" in browser.get("/sso/begin").content.decode()


def test_a_provider_that_is_down_is_not_waited_for_again_and_again(browser, idp, monkeypatch):
    idp.down, idp.asked = True, []
    answers = [browser.get("/sso/begin").status_code for _ in range(3)]
    assert (answers, len(idp.asked)) == ([503, 503, 503], 1)
    monkeypatch.setattr(providers, "PAUSE_AFTER_FAILURE", 0)
    idp.down = False
    assert browser.get("/sso/begin").status_code == 302


@pytest.mark.parametrize("hangs", ["token", "keys", "openid-configuration"])
def test_a_provider_that_hangs_is_waited_for_until_the_time_out(hangs, browser, idp, monkeypatch):
    for module in (providers, backend):
        monkeypatch.setattr(module, "TIMEOUT", (1, 0.3))
    idp.hangs = hangs
    began = time.monotonic()
    answer = browser.get("/sso/begin")
    if answer.status_code == 302:
        answer = browser.get("/sso/callback", idp.authorise(answer["Location"]))
    assert time.monotonic() - began < 5
    assert (answer.status_code, "ReadTimeout" in answer.content.decode()) == (503, True)
    assert who(browser) is None


def test_what_the_provider_says_of_itself_and_its_keys_are_asked_for_once(browser, idp):
    idp.asked.clear()
    for each in (browser, Client()):
        sign_in(each, idp)
        assert who(each) == "alice@corp.test"
    assert idp.asked == ["/.well-known/openid-configuration", "/keys"]


def test_the_provider_is_asked_with_what_the_settings_add(browser, idp, settings):
    settings.OIDC_AUTH_REQUEST_EXTRA_PARAMS = {"resource": "urn:lockstep:api", "domain_hint": "corp.test"}
    settings.OIDC_RP_SCOPES = "openid allatclaims"
    location = begin(browser)
    asked = {name: value for name, [value] in parse_qs(urlsplit(location).query).items()}
    assert location.startswith(f"{idp.issuer}/authorize?")
    secrets = [asked.pop(name) for name in ("state", "nonce", "code_challenge")]
    assert asked == {
        "response_type": "code",
        "scope": "openid allatclaims",
        "client_id": "lockstep",
        "redirect_uri": "http://testserver/sso/callback",
        "resource": "urn:lockstep:api",
        "domain_hint": "corp.test",
        "code_challenge_method": "S256",
    }
    assert len(set(secrets)) == 3
    assert min(map(len, secrets)) >= 32
