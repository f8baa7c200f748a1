"""Attacks by export: ZIPs and documents that no Superset makes."""

from __future__ import annotations

from pathlib import Path

from rig.hostile import gateway
from rig.hostile.arena import BIRTHS
from rig.hostile.attack import attack
from rig.hostile.attacks.reading import MEMORY
from rig.hostile.forgeries.bundles import FORGERIES
from rig.hostile.trial import Trial
from rig.hostile.verdict import Kind
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
    trial.to_dev.rule("GET", "/export/", gateway.rewrite(spoil), times=gateway.FOREVER)
    said = trial.plan(BIRTHS)
    trial.expect(said.memory < MEMORY, f"it took {said.memory:.0f} MB")
    for path in SLIPPED:
        trial.expect(not path.exists(), f"{path} was written outside of Lockstep's folder", Kind.LOST)
        path.unlink(missing_ok=True)
    trial.expect(not trial.to_prod.writes, "a plan wrote to the target", Kind.FALSE)
    if said.code == 2:  # it takes it: then what it takes must arrive, or be refused without a trace
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
    """The export of the target, before an undo: refused, nothing removed"""
    trial.to_prod.rule("GET", "/export/", gateway.rewrite(spoil), times=gateway.FOREVER)
    before = len(trial.to_prod.succeeded)
    said = trial.undo()
    trial.expect(said.memory < MEMORY, f"it took {said.memory:.0f} MB")
    trial.expect(said.refused, f"an undo over a forged export ended with {said.code}", Kind.FALSE)
    trial.expect(len(trial.to_prod.succeeded) == before, "it removed something before it was refused", Kind.BETWEEN)
    trial.expect(trial.status == "done", f"a refused undo turned “done” into “{trial.status}”", Kind.FALSE)
