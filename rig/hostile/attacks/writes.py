"""Attacks on an apply: refusals, lost and late answers."""

from __future__ import annotations

from rig.hostile import gateway
from rig.hostile.attack import attack
from rig.hostile.gateway import Answer
from rig.hostile.trial import Trial

IMPORT = "/import/"


@attack("writes", "A1", each={str(status): status for status in (400, 401, 403, 404, 409, 413, 422)}, ci=("422", "413"))
def certain_refusal(trial: Trial, status: int) -> None:
    """Every import is refused, and never reaches Superset."""
    trial.to_prod.rule("POST", IMPORT, gateway.refuse(status), times=9)
    trial.apply()
    trial.undo()
    trial.end()


@attack("writes", "A1b", ci=True)
def late(trial: Trial) -> None:
    """504 at once, and the import is carried out after the undo."""
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", IMPORT, gateway.say_then_commit(Answer(504, b"<html>Gateway Timeout</html>"), gate))
    trial.apply()
    trial.undo()
    trial.end()
