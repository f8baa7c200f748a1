from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.audit.origin import acting_through, current_origin
from apps.audit.services import record
from apps.core.tests.pages import Pages

LIST = "audit/auditentry/"
ENVIRONMENT = {
    "name": "stage",
    "url": "https://stage.example.com",
    "sign_in": {"username": "robot", "secret": "hunter22"},
}


@pytest.fixture
def pages(author):
    return Pages(author)


@pytest.fixture
def entry(author):
    return record(
        actor=author,
        action="user.edit",
        target=author,
        before={"email": "a@b"},
        after={"email": "<b>", "password": "x"},
    )


def test_the_list_and_a_page_show_changes_without_secrets(pages, entry):
    assert "user.edit" in pages.see(LIST)
    page = pages.see(f"{LIST}{entry.pk}/change/")
    assert "a@b" in page
    assert "&lt;b&gt;" in page
    assert "********" in page


def test_origin_and_request_are_shown_and_searchable(pages, author):
    with acting_through("api", address="203.0.113.7", request_id="0d7c1b2a"):
        entry = record(actor=author, action="row_action", target=author)
    page = pages.see(f"{LIST}{entry.pk}/change/")
    assert "api from 203.0.113.7" in page
    assert "0d7c1b2a" in page
    for asked, found in (("203.0.113.7", True), ("0d7c1b2a", True), ("203.0.113.8", False)):
        assert (f"{LIST}{entry.pk}/change/" in pages.see(f"{LIST}?q={asked}")) is found


def test_an_entry_links_to_its_object_and_has_no_history(pages, author, entry):
    page = pages.see(f"{LIST}{entry.pk}/change/")
    assert f'<a href="/admin/users/user/{author.pk}/change/">author' in page
    assert "history/" not in page


def test_the_audit_pages_are_read_only(pages, entry):
    for path in (f"{LIST}add/", f"{LIST}{entry.pk}/delete/"):
        assert pages.client.get(f"/admin/{path}").status_code == 403
        assert pages.client.post(f"/admin/{path}", {"post": "yes"}).status_code == 403
    assert AuditEntry.objects.count() == 1


def test_the_history_of_a_row_is_what_the_audit_has_of_it(pages, author, entry):
    record(actor=author, action="other.row_action", target=entry)
    page = pages.client.get(f"/admin/users/user/{author.pk}/history/", follow=True).content.decode()
    assert "user.edit" in page
    assert "other.row_action" not in page


def test_the_audit_list_takes_the_same_queries_for_any_length(pages, author, django_assert_num_queries):
    for _ in range(5):
        record(actor=author, action="user.edit", target=author)
    with django_assert_num_queries(7):
        pages.see(LIST)


def test_the_surface_is_that_of_the_innermost_block():
    assert current_origin().surface == "command"
    with acting_through("api"), acting_through("admin"):
        assert current_origin().surface == "admin"
    assert current_origin().surface == "command"


def test_an_entry_holds_its_origin_and_request(api):
    answer = api.post("/api/v1/environments", ENVIRONMENT)
    entry = AuditEntry.objects.get(action="environment.add")
    assert (entry.source, entry.address) == ("api", "127.0.0.1")
    assert entry.request_id == answer.headers["X-Request-ID"] != api.get("/api/v1/audit").headers["X-Request-ID"]
