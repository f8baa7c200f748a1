"""Attacks on a rollback: a second one, one out of order, an apply after it."""

from __future__ import annotations

from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.commands import TIMEOUT
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import Trial
from rig.hostile.web import approved


@attack("undo", "A8", state="registered", ci=True)
def applied_again_on_an_old_approval(trial: Trial) -> None:
    """A protected target: a rolled back migration is not applied again on its old approval"""
    approved(trial, BIRTHS)
    trial.apply()
    trial.undo()
    result = trial.apply()
    trial.expect(not result.succeeded, "applied again on the old approval", Kind.FALSE)
    trial.end(undone=False)


@attack("undo", "A7", state="applied")
def undone_twice(trial: Trial) -> None:
    """Rolled back twice: the second rollback says so and writes nothing"""
    trial.undo()
    before = len(trial.to_prod.writes)
    trial.undo()
    trial.expect(len(trial.to_prod.writes) == before, "the second rollback wrote something", Kind.DOUBLED)
    trial.end()


@attack("undo", "A8", state="applied over")
def older_first(trial: Trial) -> None:
    """An earlier migration is rolled back before the later one: refused"""
    trial.migration -= 1
    before = len(trial.to_prod.succeeded)
    result = trial.record_result(trial.begin(*trial.undo_command).result(TIMEOUT))
    trial.expect(result.refused, f"a rollback below a later migration ended with {result.code}", Kind.FALSE)
    trial.expect("migration 2" in result.text, f"the refusal does not name the later migration: {result.last[:200]}")
    trial.expect(len(trial.to_prod.succeeded) == before, "removed something before the refusal", Kind.BETWEEN)
    trial.expect(
        trial.status == "succeeded",
        f"a refused rollback changed the status “succeeded” to “{trial.status}”",
        Kind.FALSE,
    )
