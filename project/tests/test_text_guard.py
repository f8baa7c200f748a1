"""Text that no database takes ends as a 400 wherever it is sent, and never as a fault: PostgreSQL fails on it."""

from __future__ import annotations

import json

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from apps.core.tests.pages import Pages
from apps.tasks.models import Task
from apps.users.services.sessions import user_of_session
from conftest import api_of

NUL = "%00"


@pytest.fixture
def pages(author):
    pages = Pages(author)
    pages.client.raise_request_exception = False
    return pages


@pytest.fixture
def api(author):
    client = api_of(author)
    client.raise_request_exception = False
    return client


def routes(resolver=None, prefix=""):
    """Every address of the API, with a NUL wherever it takes a text and a 1 wherever it takes a number."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        elif isinstance(entry, URLPattern) and path.startswith("api/"):
            yield path


def filled(route, text):
    for kind in ("int", "uuid", "slug", "path", "str"):
        while f"<{kind}:" in route:
            before, _, rest = route.partition(f"<{kind}:")
            value = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000001"}.get(kind, text)
            route = before + value + rest.partition(">")[2]
    return route


@pytest.mark.parametrize("route", sorted(set(routes())))
def test_no_address_of_the_api_fails_on_a_nul(route, api):
    assert api.get(f"/{filled(route, f'a{NUL}b')}").status_code in {200, 400, 404, 405}
    for query in (f"search=a{NUL}b", f"a{NUL}=1"):
        assert api.get(f"/{filled(route, 'x')}?{query}").status_code == 400, query


def test_the_name_of_a_file_of_a_task_with_a_nul_is_a_problem_of_the_api(api):
    Task.objects.create(plugin="probe", action="say")
    answer = api.get(f"/api/v1/tasks/1/artifacts/a{NUL}b")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/migrations/plan", {"source": "dev", "target": "prod\0"}, "target"),
        (
            "/api/v1/plugins/catalogue/actions/sync/run",
            {"params": {"environment": {"a": ["dev\0"]}}},
            "params.environment.a.0",
        ),
        ("/api/v1/environments", {"na\0me": "dev"}, "na\\x00me"),
    ],
)
def test_a_body_with_a_nul_is_refused_and_its_place_is_named(path, body, field, api):
    answer = api.post(path, body)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


@pytest.mark.parametrize("text", ['{"name": "\\ud800"}', '{"name": "\xed\xa0\x80"}', "[" * 5_000 + "]" * 5_000])
def test_a_body_that_is_no_text_or_has_no_end_is_refused(text, api):
    answer = api.generic("POST", "/api/v1/environments", text.encode("latin-1"), content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("depth", [120, 900])
@pytest.mark.parametrize("path", ["/api/v1/environments", "/api/v1/plugins/catalogue/actions/sync/run"])
def test_a_body_that_is_nested_deeply_is_no_fault(path, depth, api):
    text = '{"params": ' + '{"a": ' * depth + "1" + "}" * depth + "}"
    answer = api.generic("POST", path, text, content_type="application/json")
    assert answer.status_code in {400, 404, 422}, answer.content


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=str), ids=str)
def test_no_list_of_the_admin_fails_on_a_nul_or_on_a_number_without_an_end(model, pages):
    where = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    options = admin.site._registry[model]
    fields = [each if isinstance(each, str) else each[0] for each in options.list_filter]
    names = ["q", "o", "p", "e", *fields, *(f"{field}__exact" for field in fields if isinstance(field, str))]
    for name in names:
        assert pages.client.get(f"{where}?{name}=a{NUL}b").status_code == 400, name
        answer = pages.client.get(f"{where}?{name}={'9' * 40}", follow=True)
        assert answer.status_code < 500, name
    for row in (f"a{NUL}b", "9" * 40, "abc", "_00"):
        for page in ("change", "history", "delete"):
            answer = pages.client.get(f"{where}{row}/{page}/", follow=True)
            assert answer.status_code < 500, (row, page)


def test_a_form_with_a_nul_is_refused(pages):
    answer = pages.client.post("/admin/environments/environment/add/", {"name": "dev\0", "url": "http://127.0.0.1"})
    assert answer.status_code == 400


def test_a_form_to_sign_in_with_a_nul_is_refused(db):
    stranger = Client(raise_request_exception=False)
    for form in ({"username": "a\0", "password": "x"}, {"username": "a", "password": "x\0"}, {"a\0": "x"}):
        assert stranger.post("/admin/login/", form).status_code == 400
    assert stranger.post("/api/v1/session", json.dumps({"username": "a\0"}), "application/json").status_code < 500


def test_a_cookie_with_a_nul_is_refused_and_nobody_s_session(db):
    stranger = Client(raise_request_exception=False)
    assert stranger.get("/admin/", headers={"cookie": 'sessionid="abcdefgh\\000"'}).status_code == 400
    assert user_of_session("abcdefgh\0") is None
