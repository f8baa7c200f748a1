from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.tasks.models import ENDED, Task, TaskState
from apps.tasks.transitions import TRANSITIONS, VERBS, InvalidTransition, transition


@pytest.fixture
def task(author):
    return Task.objects.create(plugin="catalogue", action="sync", actor=author)


def test_every_state_that_is_no_end_is_in_the_table_and_each_can_be_reached():
    assert set(TRANSITIONS) == set(TaskState) - ENDED
    assert set().union(*TRANSITIONS.values()) == set(VERBS) == set(TaskState)


@pytest.mark.parametrize("state", TaskState)
@pytest.mark.parametrize("to", TaskState)
def test_only_the_moves_of_the_table_are_made_and_each_is_audited(task, author, state, to):
    Task.objects.update(state=state)
    task.refresh_from_db()
    if to in TRANSITIONS.get(state, ()):
        assert transition(task, to=to, actor=author)
        assert Task.objects.get().state == task.state == to
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor, entry.before) == (VERBS[to], author, {"state": state.value})
    else:
        with pytest.raises(InvalidTransition):
            transition(task, to=to, actor=author)
        assert Task.objects.get().state == state


def test_of_two_who_read_the_same_state_one_moves_it(task, author):
    second = Task.objects.get()
    assert transition(task, to=TaskState.RUNNING, actor=None)
    assert not transition(second, to=TaskState.CANCELLED, actor=author)
    assert (Task.objects.get().state, second.state) == ("running", "queued")
    assert AuditEntry.objects.count() == 1
