"""Tokens that are made in the admin: one's own, shown once."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from apps.audit.models import AuditEntry
from apps.core.tests.pages import Pages
from apps.users.models import ApiToken
from apps.users.services.tokens import bearer

ADD = "users/apitoken/add/"
ASKED = {"name": "ci", "scope": "act", "where": "dev tier:prod", "days": "7"}


@pytest.fixture
def pages(staff):
    return Pages(staff)


def text_of(page):
    return page.partition('value="lockstep_')[2].partition('"')[0]


def test_the_text_of_a_token_is_shown_once_and_stored_nowhere(pages, staff):
    text = text_of(pages.send(ADD, **ASKED))
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.scope, token.where) == (staff, "ci", "act", ["dev", "tier:prod"])
    assert bearer(f"lockstep_{text}") == (staff, token)
    for path in ("", "users/apitoken/", f"users/apitoken/{token.pk}/change/", ADD):
        assert text not in pages.see(path)
    assert all(text not in str(session.get_decoded()) for session in Session.objects.all())
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.source) == ("token.create", staff, "admin")
    assert text not in str(entry.after)


def test_no_cache_keeps_the_page(pages):
    answer = pages.client.post(f"/admin/{ADD}", ASKED)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"days": "366"}, "less than or equal to 365"),
        ({"where": "dev prod!"}, "does not name an environment"),
        ({"name": ""}, "required"),
        ({"scope": "all"}, "not one of the available choices"),
    ],
)
def test_an_invalid_token_request_is_reported_in_the_form(pages, changes, told):
    page = pages.send(ADD, **(ASKED | changes))
    assert told in page
    assert not ApiToken.objects.exists()


def test_nobody_makes_a_token_for_somebody_else(pages, staff, author):
    pages.send(ADD, **ASKED, user=author.pk)
    assert ApiToken.objects.get().user == staff


def test_a_token_is_revoked_by_a_button(pages):
    pages.send(ADD, **ASKED)
    token = ApiToken.objects.get()
    pages.send(f"users/apitoken/{token.pk}/revoke/", confirmed="yes")
    token.refresh_from_db()
    assert token.revoked
