"""Signing in through a provider, as a browser does."""

from __future__ import annotations

SESSION = "/api/v1/session"


def begin(browser, **asked):
    answer = browser.get("/sso/begin", asked)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def sign_in(browser, idp):
    return browser.get("/sso/callback", idp.authorise(begin(browser)))


def who(browser):
    answer = browser.get(SESSION)
    return answer.json()["user"]["username"] if answer.status_code == 200 else None


def refused(browser, idp, why):
    answer = sign_in(browser, idp)
    assert answer.status_code in {403, 503}
    assert why in answer.content.decode()
    assert who(browser) is None
    return answer
