from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.core.errors import LockstepError, NotThere
from apps.environments.tests.factories import make_environment
from apps.plugins.models import PluginRecord
from apps.tasks import queue
from apps.tasks.models import Task, TaskLine, TaskState
from apps.tasks.services import follow, start_task
from apps.tasks.tests.factories import start

pytestmark = pytest.mark.usefixtures("probe")


def test_a_started_task_waits_with_its_parameters_complete(author):
    task = start(author, "say", make_environment("dev"), text="hello")
    assert task.state == TaskState.QUEUED
    assert task.params == {"text": "hello", "times": 1}
    assert task.environment_name == "dev"


def test_a_worker_is_woken_when_the_task_is_committed(author, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        start(author, "say", text="hello")
    assert callbacks.count(queue.wake) == 1
    assert not queue.has_wake_up()
    queue.wake()
    assert queue.has_wake_up()


def test_wrong_parameters_start_nothing(author):
    with pytest.raises(ValidationError) as refused:
        start(author, "say", times="two")
    assert set(refused.value.message_dict) == {"text", "times"}
    assert not Task.objects.exists()


@pytest.mark.parametrize(("plugin", "action"), [("nobody", "say"), ("probe", "dance")])
def test_what_is_not_there_cannot_be_started(author, plugin, action):
    with pytest.raises(NotThere):
        start_task(actor=author, plugin=plugin, action=action, params={})


def test_a_plugin_that_is_not_enabled_starts_nothing(author):
    PluginRecord.objects.update(enabled=False)
    with pytest.raises(LockstepError, match="not enabled"):
        start(author, "say", text="hello")


def test_what_writes_must_say_where(author):
    with pytest.raises(LockstepError, match="say to which"):
        start(author, "write", port=1)


def test_a_disabled_environment_starts_nothing(author):
    with pytest.raises(LockstepError, match="is disabled"):
        start(author, "say", make_environment("dev", enabled=False), text="hello")


def test_following_prints_each_line_once_and_ends_with_the_task(author):
    task = start(author, "say", text="hello")
    coming = iter(["one", "two"])

    def wait(_seconds):
        text = next(coming, None)
        if text:
            TaskLine.objects.create(task=task, seq=task.lines.count() + 1, text=text)
        else:
            Task.objects.filter(pk=task.pk).update(state=TaskState.SUCCEEDED)

    assert [line.text for line in follow(task, wait=wait)] == ["one", "two"]
    assert task.state == TaskState.SUCCEEDED
    assert [line.text for line in follow(task, after=1)] == ["two"]


def test_a_rolled_back_start_leaves_nothing(author):
    with transaction.atomic():
        start(author, "say", text="hello")
        transaction.set_rollback(True)
    assert not Task.objects.exists()
