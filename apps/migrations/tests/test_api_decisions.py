from __future__ import annotations

import pytest

from apps.migrations.tests.people import make_person
from apps.tasks.models import Task
from conftest import api_of

LIST = "/api/v1/migrations"


@pytest.fixture
def planned(stage):
    stage.target.protected = True
    stage.target.save()
    return stage.plan()


@pytest.fixture
def checksum(planned):
    return planned.plans.get().checksum


@pytest.fixture
def approver(author):
    return api_of(make_person(author, "approver", "approver"))


def test_a_migration_is_submitted_approved_and_applied_over_the_api(api, approver, planned, checksum, stage):
    address = f"{LIST}/{planned.pk}"
    assert api.post(f"{address}/apply", {"checksum": checksum}).status_code == 403
    told = api.post(f"{address}/submit", {"note": "Please"}).json()
    assert (told["status"], told["approvals"]) == (
        "submitted",
        {"needed": 1, "given": 0, "expires": None, "expired": False, "fallen": []},
    )
    assert approver.get(address).json()["allowed_actions"]["approve"] == {"allowed": True, "reason": "", "who": []}
    told = approver.post(f"{address}/approve", {"checksum": checksum, "note": "Fine"}).json()
    assert (told["status"], told["approvals"]["given"]) == ("approved", 1)
    assert told["approvals"]["expires"] > told["decisions"][1]["at"]
    assert [(each["kind"], each["actor"], each["note"]) for each in told["decisions"]] == [
        ("submit", "author", "Please"),
        ("approve", "approver", "Fine"),
    ]
    assert {(each["plan"], each["checksum"]) for each in told["decisions"]} == {(1, checksum)}
    assert api.post(f"{address}/apply", {"checksum": checksum}).status_code == 202


def test_the_list_is_filtered_by_what_people_decided(api, approver, planned, checksum):
    def found(status):
        return api.get(LIST, {"status": status}).json()["count"]

    api.post(f"{LIST}/{planned.pk}/submit", {})
    assert (found("submitted"), found("planned")) == (1, 0)
    approver.post(f"{LIST}/{planned.pk}/reject", {"note": "no"})
    assert (found("rejected"), found("submitted")) == (1, 0)
    api.post(f"{LIST}/{planned.pk}/withdraw", {})
    assert found("withdrawn") == 1


def test_an_approval_names_the_plan_that_was_read(api, approver, planned):
    api.post(f"{LIST}/{planned.pk}/submit", {})
    answer = approver.post(f"{LIST}/{planned.pk}/approve", {})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["checksum"])
    answer = approver.post(f"{LIST}/{planned.pk}/approve", {"checksum": "0" * 64})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_a_rejection_and_a_comment_say_something(approver, api, planned):
    api.post(f"{LIST}/{planned.pk}/submit", {})
    for deed in ("reject", "comment"):
        assert list(approver.post(f"{LIST}/{planned.pk}/{deed}", {}).json()["fields"]) == ["note"]


def test_a_migration_that_one_may_not_see_is_not_there(author, planned, checksum):
    elsewhere = api_of(make_person(author, "elsewhere", "approver", where="dev"))
    assert elsewhere.get(f"{LIST}/{planned.pk}").status_code == 404
    assert elsewhere.post(f"{LIST}/{planned.pk}/approve", {"checksum": checksum}).status_code == 404


def test_a_viewer_sees_and_decides_nothing(author, planned, checksum):
    viewer = api_of(make_person(author, "sees", "viewer"))
    told = viewer.get(f"{LIST}/{planned.pk}").json()
    assert {name for name, verdict in told["allowed_actions"].items() if verdict["allowed"]} == {"comment"}
    for deed, sent in (("submit", {}), ("approve", {"checksum": checksum}), ("withdraw", {}), ("replan", {})):
        assert viewer.post(f"{LIST}/{planned.pk}/{deed}", sent).status_code == 403, deed


def test_planning_again_is_a_task(api, planned, stage):
    answer = api.post(f"{LIST}/{planned.pk}/replan", {})
    task = Task.objects.get()
    assert (answer.status_code, task.action, task.environment) == (202, "plan", stage.target)
    assert task.params["migration"] == planned.pk
    again = api.post(f"{LIST}/{planned.pk}/replan", {})
    assert (again.status_code, again.json()["extra"]) == (409, {"task": task.pk})
