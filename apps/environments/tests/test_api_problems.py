"""Every failure is told in one shape, with the status that fits it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from rest_framework import exceptions

from apps.core.api.problems import handle
from apps.core.errors import Conflict, Damaged, LockstepError, NothingToDo, NotThere, Refused
from apps.superset.errors import PlanStale, ServerFault, SupersetError, Unreachable
from apps.users.services.sign_in import SignInRefused
from conftest import api_of


def told(error: Exception) -> tuple[int, dict[str, Any]]:
    answer = handle(error, {})
    assert answer is not None
    return answer.status_code, answer.data


def family(base: type[Any]) -> set[type[Any]]:
    return {base, *(each for child in base.__subclasses__() for each in family(child))}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LockstepError("No."), 422),
        (Refused("No."), 403),
        (NotThere("No."), 404),
        (Conflict("No."), 409),
        (NothingToDo("No."), 409),
        (Damaged("No."), 500),
        (SignInRefused("No."), 401),
        (Unreachable("no answer"), 504),
        (PlanStale("other"), 409),
        (ServerFault("it broke"), 502),
    ],
)
def test_each_kind_has_its_status(error, status):
    assert told(error)[0] == status


def test_every_failure_of_the_engine_is_reported():
    for each in family(SupersetError):
        status, problem = told(each("it failed", environment="dev"))
        assert (status >= 400, problem["code"], problem["extra"]["environment"]) == (True, each.kind, "dev")


def test_a_refusal_keeps_its_facts():
    assert told(Conflict("Taken.", holder=7)) == (
        409,
        {
            "type": "/api/v1/problems/conflict",
            "title": "The request conflicts with the current state",
            "status": 409,
            "detail": "Taken.",
            "code": "conflict",
            "fields": {},
            "extra": {"holder": 7},
        },
    )


def test_the_engine_says_what_to_do_next():
    problem = told(Unreachable("no answer", environment="dev"))[1]
    assert problem["detail"] == "dev: no answer. Check the address and that the server is up, then try again."
    assert problem["extra"]["next_step"] == "Check the address and that the server is up, then try again."


def test_errors_of_fields_are_reported_by_their_name_however_deep():
    detail: Any = {
        "name": ["Too long."],
        "sign_in": {"secret": ["Missing."]},
        "pairs": [{}, {"source_uuid": ["No UUID."]}],
    }
    status, problem = told(exceptions.ValidationError(detail))
    assert (status, problem["code"]) == (400, "invalid")
    assert problem["fields"] == {
        "name": ["Too long."],
        "sign_in.secret": ["Missing."],
        "pairs.1.source_uuid": ["No UUID."],
    }
    assert problem["detail"] == "Check the values of: name, sign_in.secret, pairs.1.source_uuid."


def test_errors_of_models_and_parameters_are_reported_alike():
    _, problem = told(ValidationError({"tier": "Not known.", "__all__": "Neither."}))
    assert (problem["code"], problem["detail"]) == ("invalid", "Neither. Check the values of: tier.")
    assert problem["fields"] == {"tier": ["Not known."]}
    assert told(ValidationError("It is wrong."))[1]["detail"] == "It is wrong."


def test_an_address_that_does_not_exist_is_reported_as_json(api):
    for address in ("/api/v1/nothing", "/api/v2/environments", "/api/v1/environments/"):
        answer = api.get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), address


def test_an_unreadable_request_is_reported(api):
    answer = api.post(reverse("api:environments"), "{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    answer = api.post(reverse("api:environments"), "name=dev", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_an_internal_error_is_reported_without_its_details(api, monkeypatch):
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("the secret of the matter")

    monkeypatch.setattr("apps.environments.services.registration.add_environment", fail)
    sent = {"name": "dev", "url": "https://dev.example.com", "sign_in": {"secret": "x"}}
    answer = api.post(reverse("api:environments"), sent)
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert "matter" not in answer.content.decode()


@pytest.mark.django_db
def test_who_is_not_signed_in_is_asked_to():
    answer = api_of().get(reverse("api:environments"))
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Session"


def test_who_may_not_is_told_why(viewer):
    answer = api_of(viewer).get(reverse("api:environments"))
    assert answer.json()["detail"].startswith("“viewer” does not have the permission environments.view")


def test_an_order_that_is_not_known_is_refused(api):
    answer = api.get(reverse("api:environments"), {"ordering": "secret"})
    assert answer.status_code == 400
    assert answer.json()["fields"]["ordering"] == [
        "“secret” cannot be used for sorting. Use one of name, tier, created, last_contact."
    ]


def test_a_filter_that_cannot_match_is_refused(api):
    answer = api.get(reverse("api:environments"), {"tier": "moon"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["tier"])


def test_a_page_that_does_not_exist_is_reported(api):
    assert api.get(reverse("api:environments"), {"page": 7}).status_code == 404
