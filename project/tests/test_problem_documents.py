"""Every error of the API is a problem document by RFC 9457, whoever answers, and whatever the client accepts."""

from __future__ import annotations

import asyncio
from typing import Any

import jsonschema
import orjson
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from apps.core.api import codes
from apps.core.api.problems import STATUS_OF_KIND
from apps.core.api.schema import PROBLEM
from apps.superset.errors import SupersetError
from apps.users.services.tokens import create_token
from conftest import api_of
from project.tests.test_problems import family
from project.web import errors, limits

MEDIA_TYPE = "application/problem+json"


@pytest.fixture
def stranger():
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def problem_of(answer: Any, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, answer["Content-Type"], problem["code"]) == (status, MEDIA_TYPE, code)
    jsonschema.validate(problem, {**PROBLEM, "description": "", "additionalProperties": False})
    assert problem["status"] == status
    assert problem["title"] == codes.title_of(code)
    assert problem["detail"]
    return problem


def test_the_title_belongs_to_the_code_and_the_detail_to_the_case(api):
    first = problem_of(api.get("/api/v1/environments", {"tier": "moon"}), 400, "invalid")
    second = problem_of(api.get("/api/v1/tasks", {"state": "asleep"}), 400, "invalid")
    assert first["title"] == second["title"]
    assert first["detail"] != second["detail"]


def test_the_type_of_a_problem_explains_it_to_whoever_got_it(stranger, db):
    problem = problem_of(stranger.get("/api/v1/tasks"), 401, "not_authenticated")
    explained = stranger.get(problem["type"])
    assert explained.status_code == 200
    assert explained.json()["title"] == problem["title"]
    assert "Authorization: Bearer" in explained.json()["meaning"]


@pytest.mark.parametrize("path", ["/api/v1/problems", "/api/v1/problems/invalid_token"])
def test_an_explanation_is_readable_with_the_token_that_was_refused(path, db):
    client = Client(headers={"authorization": "Bearer lockstep_expired"})
    assert problem_of(client.get("/api/v1/tasks"), 401, "invalid_token")["type"].startswith("/api/v1/problems")
    assert client.get(path).status_code == 200


def test_a_code_that_nobody_explained_has_no_type_of_its_own():
    assert codes.type_of("of_a_plugin") == "about:blank"


def test_every_code_of_lockstep_is_explained():
    ours = {each.kind for each in family(SupersetError)} | set(STATUS_OF_KIND)
    pages = {each.code for each in vars(errors).values() if isinstance(each, errors.Failure)}
    early = {each.code for each in limits.RequestRefused.__subclasses__()}
    assert ours | pages | early <= set(codes.explained())


def test_an_unknown_code_is_not_explained(stranger, db):
    problem_of(stranger.get("/api/v1/problems/nothing"), 404, "not_there")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json", "*/*"])
def test_the_accept_header_does_not_change_the_type_of_an_error(accept, api):
    code, status = ("not_acceptable", 406) if accept in {"text/html", "application/xml"} else ("not_found", 404)
    problem_of(api.get("/api/v1/tasks/999999", HTTP_ACCEPT=accept), status, code)
    problem_of(api.get("/api/v1/nowhere", HTTP_ACCEPT=accept), 404, "not_found")


def test_a_wrong_method_body_or_content_type_is_a_problem(api):
    url = reverse("api:environments")
    problem_of(api.delete(url), 405, "method_not_allowed")
    problem_of(api.post(url, "{", content_type="application/json"), 400, "parse_error")
    problem_of(api.post(url, "a=b", content_type="text/plain"), 415, "unsupported_media_type")


def test_what_is_refused_before_any_view_is_a_problem(stranger, db):
    problem_of(stranger.get("/api/v1/tasks", HTTP_HOST="evil.example.com"), 400, "invalid")
    problem_of(stranger.get("/api/v1/tasks?search=a%00b"), 400, "invalid")
    problem_of(stranger.get("/api/v1/tasks/1/artifacts/a%00b"), 400, "invalid")
    problem_of(stranger.post("/api/v1/nowhere"), 403, "not_allowed")
    problem_of(stranger.post("/api/v1/session", "{}", "application/json"), 403, "permission_denied")
    problem_of(stranger.get("/api/v1/tasks", HTTP_AUTHORIZATION="Bearer lockstep_x"), 401, "invalid_token")


def test_too_many_wrong_passwords_are_a_problem(viewer):
    client = api_of()
    answers = [client.post(reverse("api:session"), {"username": "viewer", "password": "b"}) for _ in range(8)]
    problem_of(answers[0], 401, "sign_in_refused")
    assert problem_of(answers[-1], 429, "throttled")["extra"]["retry_after"] == int(answers[-1]["Retry-After"])


def test_a_missing_permission_is_a_problem(viewer):
    problem_of(api_of(viewer).get(reverse("api:audit")), 403, "not_allowed")


def test_an_address_that_is_not_for_tokens_says_so(author):
    _, token = create_token(user=author, name="ci", days=1)
    answer = Client(headers={"authorization": f"Bearer {token}"}).get("/api/v1/tokens")
    assert problem_of(answer, 403, "not_allowed")["detail"].startswith("A token cannot do this.")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v9/tasks"])
def test_an_address_that_is_not_there_is_a_problem(path, stranger, db):
    problem_of(stranger.get(path), 404, "not_found")


def test_a_database_that_is_down_is_a_problem(api):
    def refuse(*_):
        raise OperationalError("down")

    with connection.execute_wrapper(refuse):
        problem_of(api.get(reverse("api:health")), 503, "database_unavailable")


def test_a_bug_is_a_problem(api, monkeypatch):
    monkeypatch.setattr("apps.tasks.api.views.TaskList.get_queryset", lambda _: 1 / 0)
    problem_of(api.get(reverse("api:tasks")), 500, "unexpected")


def test_a_body_that_is_refused_while_it_is_read_is_a_problem():
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        assert len(sent) > 1, "it is refused by its declared length"
        return {"type": "http.disconnect"}

    scope: Any = {"headers": [(b"content-length", b"99")]}
    refusing: Any = receive
    asyncio.run(limits.Limited(refusing, 10)(scope, refusing, send))
    assert dict(sent[0]["headers"])[b"content-type"] == MEDIA_TYPE.encode()
    assert orjson.loads(sent[1]["body"])["title"] == "The request body is too large"
