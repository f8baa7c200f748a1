from __future__ import annotations

import pytest

from apps.audit.models import AuditEntry
from apps.migrations.models import HumanState, Migration
from apps.migrations.transitions import TRANSITIONS, VERBS, InvalidTransition, transition


def test_every_state_is_in_the_table_and_can_be_reached():
    assert set(TRANSITIONS) == set(HumanState)
    assert set(VERBS) == set().union(*TRANSITIONS.values())


@pytest.mark.parametrize("state", HumanState)
@pytest.mark.parametrize("to", HumanState)
def test_only_the_moves_of_the_table_are_made(state, to, stage):
    migration = stage.plan()
    Migration.objects.update(state=state)
    migration.refresh_from_db()
    plan = migration.plans.get()
    if to in TRANSITIONS[state]:
        assert transition(migration, to=to, actor=stage.author, plan=plan)
        assert Migration.objects.get().state == to
        entry = AuditEntry.objects.latest("pk")
        assert (entry.action, entry.actor, entry.before) == (VERBS[to], stage.author, {"state": state.value})
        assert (entry.after["state"], entry.after["checksum"]) == (to.value, plan.checksum)
    else:
        with pytest.raises(InvalidTransition):
            transition(migration, to=to, actor=stage.author, plan=plan)
        assert Migration.objects.get().state == state


def test_of_two_who_read_the_same_state_one_moves_it(stage):
    first = stage.plan()
    second, plan = Migration.objects.get(), first.plans.get()
    assert transition(first, to=HumanState.SUBMITTED, actor=stage.author, plan=plan)
    assert not transition(second, to=HumanState.WITHDRAWN, actor=stage.author, plan=plan)
    assert (Migration.objects.get().state, second.state) == ("submitted", "planned")
    assert not AuditEntry.objects.filter(action="migration.withdraw").exists()
