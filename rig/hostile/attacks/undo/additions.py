"""Attacks on a rollback: what others attached to the written assets."""

from __future__ import annotations

from rig.hostile import people
from rig.hostile.attack import attack
from rig.hostile.commands import TIMEOUT
from rig.hostile.judge.verdict import Kind
from rig.hostile.people import Work
from rig.hostile.trial import Trial

ATTACHMENTS: dict[str, Work] = {
    "another owner": people.own_all,
    "roles": people.restrict,
    "embedding": people.embed,
    "a theme": people.give_theme,
}


@attack("undo", "A6", state="applied over", each=ATTACHMENTS)
def sides_given_since(trial: Trial, give: Work) -> None:
    """What does not travel was added to a written asset: refused, or it stays"""
    trial.target.others_edit(give)
    trial.target.foreign_work.clear()
    attachments_before = trial.target.attachments()
    result = trial.record_result(trial.begin(*trial.undo_command).result(TIMEOUT))
    if result.succeeded:
        left = [how for how in trial.target_state().from_before if "has changed" not in how and "theme_uuid" not in how]
        trial.expect(not left, f"claimed “rolled back”, but {'; '.join(left[:3])}", Kind.FALSE)
        gone = trial.target.lost_attachments(attachments_before)
        trial.expect(not gone, f"the rollback removed {'; '.join(gone[:3])}", Kind.LOST)
    else:
        trial.expect(
            trial.status == "succeeded",
            f"a refused rollback changed the status “succeeded” to “{trial.status}”",
            Kind.FALSE,
        )
