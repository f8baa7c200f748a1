"""Attacks on an apply: what others changed on the target since the plan."""

from __future__ import annotations

from rig.check.rest import Superset
from rig.hostile import people
from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import Trial


@attack("writes", "A9", ci=True)
def stale(trial: Trial) -> None:
    """The target is edited after the plan: refused, nothing written, no useless advice"""
    trial.target.others_edit(people.renaming("chart", "Boys", "Boys, by hand"))
    result = trial.apply()
    trial.expect(result.refused, f"a stale plan ended with {result.code}", Kind.FALSE)
    trial.expect("Boys" in result.text, f"the refusal does not name what changed: {result.last[:200]}")
    for advice in ("Retry", "see what was written"):
        trial.expect(advice not in result.text, f"gives the useless advice “{advice}”", Kind.FALSE)
    trial.expect(not trial.to_prod.writes, f"a stale plan was sent: {trial.to_prod.writes[:2]}", Kind.FALSE)
    trial.end()


# --- A1: drafts of other owners


@attack("writes", "A1", state="planned")
def draft_of_another_owner(trial: Trial) -> None:
    """An account that sees no drafts plans over the draft of another owner with the same UUIDs: it stays"""
    people.new_user(trial.prod, "alfa", "Alpha")
    trial.run("environment", "credentials", "prod", "--username", "alfa", "--password-stdin", stdin="alfa-password-1")

    def bring(prod: Superset) -> None:
        trial.put_target("applied")
        people.new_user(prod, "alfa", "Alpha")
        for row in prod.rows("dashboard", "id"):
            prod.update("dashboard", row["id"], {"published": False})

    trial.target.others_edit(bring)
    trial.plan(BIRTHS)
    trial.apply()
    trial.undo()
    trial.end(undone=False)
