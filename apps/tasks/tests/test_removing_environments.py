"""An environment stays while something is still to be done there."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction

from apps.core.errors import Conflict, LockstepError, NotThere
from apps.core.tests.pages import Pages
from apps.environments.models import Environment
from apps.environments.policies import allowed_actions
from apps.environments.services import registration
from apps.environments.services.registration import remove_environment
from apps.environments.tests.factories import make_environment
from apps.tasks.models import ENDED, OPEN, Task
from apps.tasks.tests.factories import start

pytestmark = pytest.mark.usefixtures("transactional_db", "probe")


@pytest.fixture
def dev(author):
    return make_environment("dev")


def beside(act):
    """Do it in a thread; what it raised is in the list at the end."""
    raised = []

    def run():
        try:
            act()
        except LockstepError as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.3)  # it has begun by then
    return thread, raised


def begun_while_removing(actor, monkeypatch, begin):
    """What `begin` raises, called in the moment in which the only environment is removed."""
    begun = []
    monkeypatch.setattr(registration, "record", lambda **_: begun.append(beside(begin)))
    remove_environment(actor=actor, environment=Environment.objects.get())
    ((thread, raised),) = begun
    thread.join()
    return [(type(error), str(error)) for error in raised]


@pytest.mark.parametrize("state", sorted(OPEN))
def test_an_environment_with_a_task_that_has_not_ended_is_not_removed(author, dev, state):
    task = start(author, "say", dev, text="hello")
    Task.objects.update(state=state)
    sentence = (
        f"The environment “dev” cannot be removed: it has open tasks ({task.pk}). "
        "Wait until they have ended, or cancel them."
    )
    with pytest.raises(Conflict) as refused:
        remove_environment(actor=author, environment=dev)
    assert str(refused.value) == allowed_actions(author, dev)["remove"].reason == sentence
    task.refresh_from_db()
    assert task.environment == dev


@pytest.mark.parametrize("state", sorted(ENDED))
def test_ended_tasks_keep_only_the_name_of_a_removed_environment(author, dev, state):
    task = start(author, "say", dev, text="hello")
    Task.objects.update(state=state)
    remove_environment(actor=author, environment=dev)
    task.refresh_from_db()
    assert (task.environment, task.environment_name) == (None, "dev")


def test_every_surface_says_why_an_environment_cannot_be_removed(author, api, manage, dev):
    task = start(author, "say", dev, text="hello")
    answer = api.delete("/api/v1/environments/dev")
    assert (answer.status_code, f"({task.pk})" in answer.json()["detail"]) == (409, True)
    code, _, said = manage("environment", "remove", "dev")
    assert (code, "it has open tasks" in said) == (1, True)
    pages = Pages(author)
    page = f"environments/environment/{dev.pk}/"
    assert "Remove: The environment “dev” cannot be removed" in pages.see(f"{page}change/")
    assert "cannot be removed" in pages.send(f"{page}remove/", confirmed="yes")
    assert Environment.objects.exists()
    Task.objects.all().delete()
    assert "Removed “dev”." in pages.send(f"{page}remove/", confirmed="yes")
    assert not Environment.objects.exists()


def test_a_task_that_is_being_started_is_waited_for_and_counts(author, dev):
    with transaction.atomic():
        start(author, "say", dev, text="hello")
        thread, raised = beside(lambda: remove_environment(actor=author, environment=dev))
        assert not raised
    thread.join()
    assert [type(error) for error in raised] == [Conflict]
    assert Task.objects.get().environment == dev


def test_a_task_that_is_started_while_it_is_being_removed_is_refused(author, dev, monkeypatch):
    assert begun_while_removing(author, monkeypatch, lambda: start(author, "say", dev, text="hello")) == [
        (NotThere, "“dev” was removed in the meantime.")
    ]
    assert not Task.objects.exists()
