"""Attacks on an apply: what it must leave alone on the target."""

from __future__ import annotations

from rig.hostile import people
from rig.hostile.arena import BIRTHS, SALES
from rig.hostile.attack import attack
from rig.hostile.people import Work
from rig.hostile.trial import Trial

ATTACHMENTS: dict[str, Work] = {
    "another owner": people.own_all,
    "roles": people.restrict,
    "embedding": people.embed,
    "a theme": people.give_theme,
}


@attack("writes", "A6", each=ATTACHMENTS, ci=("another owner",))
def sides_of_what_is_updated(trial: Trial, give: Work) -> None:
    """What does not travel stays on an updated asset, after apply and rollback"""
    give(trial.prod)
    trial.target.remember()
    trial.plan(BIRTHS, SALES)
    trial.apply()
    trial.undo()
    trial.end()


EMPTY = '{"color_scheme": "supersetColors", "native_filter_configuration": []}'


@attack("writes", "A5", state="registered", ci=True)
def theme_of_an_empty_dashboard(trial: Trial) -> None:
    """A theme of the target stays on a dashboard without charts, after apply and rollback"""
    made = trial.dev.create("dashboard", {"dashboard_title": "Empty", "slug": "empty", "json_metadata": EMPTY})
    uuid = next(row["uuid"] for row in trial.dev.rows("dashboard", "id", "uuid") if row["id"] == made)
    trial.plan(str(uuid))
    trial.apply()
    people.give_theme(trial.prod)
    trial.target.remember()
    trial.dev.update("dashboard", made, {"dashboard_title": "Empty, renamed"})
    trial.plan(str(uuid))
    trial.apply()
    trial.undo()
    trial.end()
