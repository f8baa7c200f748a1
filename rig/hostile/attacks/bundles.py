"""Attacks by exports: ZIPs and documents that no Superset makes."""

from __future__ import annotations

from pathlib import Path

from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.attacks.reading import MEMORY
from rig.hostile.forgeries.bundles import FORGERIES
from rig.hostile.gateway import actions
from rig.hostile.gateway.rules import FOREVER
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import Trial
from rig.servers.tamper import Spoil

SLIPPED = (Path("/tmp/slipped.yaml"), Path("/tmp/evil"))
FIXED = (
    "a ZIP in a ZIP",
    "a ZIP bomb",
    "a YAML bomb",
    "a name that climbs",
    "a Python object",
    "a NUL in a title",
    "position as a text",
)


@attack("bundles", "C4", state="registered", each=FORGERIES, ci=FIXED)
def forged_export(trial: Trial, spoil: Spoil) -> None:
    """The export of the source"""
    trial.to_dev.rule("GET", "/export/", actions.rewrite(spoil), times=FOREVER)
    result = trial.plan(BIRTHS)
    trial.expect(result.memory < MEMORY, f"took {result.memory:.0f} MB")
    for path in SLIPPED:
        trial.expect(not path.exists(), f"{path} was written outside the data directory", Kind.LOST)
        path.unlink(missing_ok=True)
    trial.expect(not trial.to_prod.writes, "a plan wrote to the target", Kind.FALSE)
    if result.code == 2:  # accepted: then it must arrive, or be refused without a trace
        trial.dashboards = ()
        trial.apply()
        trial.end()


@attack(
    "bundles",
    "C4",
    state="applied",
    each={
        name: FORGERIES[name]
        for name in (
            "no ZIP",
            "a ZIP bomb",
            "a YAML bomb",
            "broken YAML",
            "a uuid that is none",
            "position as a text",
            "missing charts",
        )
    },
)
def forged_export_of_the_target(trial: Trial, spoil: Spoil) -> None:
    """The export of the target before a rollback: refused, nothing removed"""
    trial.to_prod.rule("GET", "/export/", actions.rewrite(spoil), times=FOREVER)
    before = len(trial.to_prod.succeeded)
    result = trial.undo()
    trial.expect(result.memory < MEMORY, f"took {result.memory:.0f} MB")
    trial.expect(result.refused, f"a rollback with a forged export ended with {result.code}", Kind.FALSE)
    trial.expect(len(trial.to_prod.succeeded) == before, "removed something before the refusal", Kind.BETWEEN)
    trial.expect(
        trial.status == "succeeded",
        f"a refused rollback changed the status “succeeded” to “{trial.status}”",
        Kind.FALSE,
    )
