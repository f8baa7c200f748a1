from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.db import connections

from apps.catalogue.services import queueing
from apps.core.errors import Conflict, NotThere
from apps.environments.tests.factories import make_environment
from apps.tasks.models import Task

require_startable = queueing.require_startable


@pytest.mark.django_db(transaction=True)
def test_of_two_syncs_at_once_one_starts_and_the_other_refers_to_it(monkeypatch):
    actor = get_user_model().objects.create_superuser("author", password="only-for-tests")
    dev = make_environment("dev")
    both = threading.Barrier(2, timeout=1)

    def require_and_wait(*args):
        require_startable(*args)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait()  # nothing is stored before both have asked, if they can

    def launch(_):
        try:
            return queueing.queue_sync(actor=actor, environment=dev)
        except Conflict as refused:
            return refused.context["task"]
        finally:
            connections.close_all()

    monkeypatch.setattr(queueing, "require_startable", require_and_wait)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(launch, range(2)))
    task = Task.objects.get()
    assert task in outcomes
    assert task.pk in outcomes


def test_an_environment_that_was_removed_meanwhile_is_not_there(author):
    dev = make_environment("dev")
    type(dev).objects.all().delete()
    with pytest.raises(NotThere, match="“dev” was removed in the meantime"):
        queueing.queue_sync(actor=author, environment=dev)
