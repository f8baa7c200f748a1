from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError, connection
from django.test import Client

from apps.core.errors import Refused
from apps.core.tests.pages import Pages
from apps.environments.tests.factories import make_environment
from apps.superset.errors import Unreachable
from project.admin import home

SECRET = "postgres://lockstep:hunter2@db/lockstep"


def fail(*_, **__):
    raise ZeroDivisionError(SECRET)


@pytest.fixture
def pages(author):
    pages = Pages(author)
    pages.client.raise_request_exception = False
    return pages


@pytest.fixture
def stranger():
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


class TestPages:
    def test_an_unknown_address_has_an_error_page(self, stranger):
        answer = stranger.get("/sso/nothing/here")
        assert answer.status_code == 404
        assert "Page not found" in answer.content.decode()
        assert 'href="/admin/"' in answer.content.decode(), "with a way back"

    def test_an_address_that_is_offered_to_nobody_has_an_error_page(self, pages):
        answer = pages.client.get("/admin/tasks/task/add/")
        assert answer.status_code == 403
        assert "You do not have permission" in answer.content.decode()

    def test_a_form_without_a_csrf_token_has_an_error_page(self, stranger, db):
        answer = stranger.post("/admin/login/", {"username": "ada", "password": SECRET})
        assert answer.status_code == 403
        assert "This form has expired" in answer.content.decode()
        assert SECRET not in answer.content.decode()

    def test_an_unknown_host_name_has_an_error_page(self, stranger):
        answer = stranger.get("/", HTTP_HOST="evil.example.com")
        assert answer.status_code == 400
        assert "LOCKSTEP_ALLOWED_HOSTS" in answer.content.decode()
        assert "evil.example.com" not in answer.content.decode()

    def test_an_internal_error_is_reported_without_its_details(self, pages, monkeypatch):
        monkeypatch.setattr(home, "of_tasks", fail)
        answer = pages.client.get("/admin/")
        assert answer.status_code == 500
        assert "Something went wrong in Lockstep" in answer.content.decode()
        assert "hunter2" not in answer.content.decode()

    def test_a_database_that_is_down_still_leaves_a_page(self, pages):
        def refuse(*_):
            raise OperationalError(SECRET)

        with connection.execute_wrapper(refuse):
            answer = pages.client.get("/admin/")
        assert answer.status_code == 503
        assert "The database is not available" in answer.content.decode()
        assert SECRET not in answer.content.decode()

    def test_the_style_sheet_of_error_pages_is_served(self, stranger):
        named = re.findall(r'(?:href|src)="(/static/[^"]+)"', stranger.get("/sso/nothing").content.decode())
        assert "/static/lockstep/error.css" in named
        assert [path for path in named if not finders.find(path.removeprefix("/static/"))] == []


class TestTheApi:
    def test_an_internal_error_is_a_problem_document_in_the_api(self, pages, monkeypatch):
        monkeypatch.setattr("apps.overview.api.environments.EnvironmentList.get_queryset", fail)
        answer = pages.client.get("/api/v1/environments")
        assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
        assert "hunter2" not in answer.content.decode()

    def test_an_unknown_host_name_is_a_problem_document_in_the_api(self, stranger):
        answer = stranger.get("/api/v1/environments", HTTP_HOST="evil.example.com")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    def test_a_forged_request_is_a_problem_document_in_the_api(self, stranger):
        answer = stranger.post("/api/v1/nowhere")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


class TestAnnouncedFailures:
    @pytest.mark.parametrize("error", [Refused("It is in use."), Unreachable("It is in use.")])
    def test_a_failure_becomes_a_message_on_a_page_that_does_not_expect_it(self, pages, monkeypatch, error):
        def refuse(*_):
            raise error

        environment = make_environment("dev")
        monkeypatch.setattr("apps.catalogue.admin.EnvironmentAdmin.get_object", refuse)
        page = pages.send(f"environments/environment/{environment.pk}/disable/")
        assert "It is in use." in page
        environment.refresh_from_db()
        assert environment.enabled

    def test_the_failure_of_a_page_is_shown_on_the_overview(self, pages, monkeypatch):
        def refuse(*_):
            raise Refused("Not now.")

        environment = make_environment("dev")
        monkeypatch.setattr("apps.catalogue.admin.EnvironmentAdmin.verdicts", refuse)
        answer = pages.client.get(f"/admin/environments/environment/{environment.pk}/change/", follow=True)
        assert answer.redirect_chain == [("/admin/", 302)]
        assert "Not now." in answer.content.decode()

    def test_the_overview_itself_does_not_go_in_circles(self, pages, monkeypatch):
        def refuse(*_):
            raise Refused("Not now.")

        monkeypatch.setattr(home, "_migrations", refuse)
        assert pages.client.get("/admin/").status_code == 500


def test_who_signs_in_to_the_admin_comes_to_its_overview(client, author):
    sent = {"username": author.username, "password": "only-for-tests"}
    answer = client.post("/admin/login/", sent, follow=True)
    assert answer.redirect_chain == [("/admin/", 302)]
