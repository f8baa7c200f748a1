from __future__ import annotations

import pytest

from apps.environments.tests.factories import make_environment
from apps.tasks.models import Task

SAY = "/api/v1/plugins/probe/actions/say/run"

pytestmark = pytest.mark.usefixtures("probe")


def test_an_action_is_started_as_a_task(api):
    make_environment("dev")
    sent = {"params": {"text": "hello", "times": 2}, "environment": "dev", "priority": 5}
    answer = api.post(SAY, sent)
    task = Task.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/api/v1/tasks/{task.pk}")
    assert (task.params, task.environment.slug, task.priority) == ({"text": "hello", "times": 2}, "dev", 5)


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, ["params.text"]),
        ({"params": {"text": 1, "size": 2}}, ["params.size", "params.text"]),
        ({"params": []}, ["params"]),
        ({"params": {"text": "x"}, "priority": "high"}, ["priority"]),
    ],
)
def test_invalid_parameters_are_reported_by_name(api, sent, fields):
    answer = api.post(SAY, sent)
    assert (answer.status_code, sorted(answer.json()["fields"])) == (400, fields)


@pytest.mark.parametrize(
    ("address", "sent", "status", "sentence"),
    [
        (SAY.replace("say", "shout"), {}, 404, "has no action “shout”"),
        (SAY.replace("probe", "prober"), {}, 404, "There is no usable plugin “prober”"),
        (SAY, {"params": {"text": "x"}, "environment": "nowhere"}, 404, "“nowhere”"),
        (SAY.replace("say", "write"), {"params": {"port": 1}}, 422, "writes to an environment: choose one"),
    ],
)
def test_an_action_that_cannot_run_is_refused_with_the_reason(api, address, sent, status, sentence):
    answer = api.post(address, sent)
    assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True)
    assert not Task.objects.exists()
