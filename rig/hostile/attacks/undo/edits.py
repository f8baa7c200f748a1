"""Attacks on a rollback: others edited what was applied."""

from __future__ import annotations

from rig.hostile import people
from rig.hostile.attack import attack
from rig.hostile.gateway import actions
from rig.hostile.gateway.pages import GATEWAY_TIMEOUT
from rig.hostile.judge.verdict import Kind
from rig.hostile.people import Work
from rig.hostile.trial import Trial

EDITS: dict[str, tuple[Work, str]] = {
    "an overwritten chart renamed": (people.renaming("chart", "Girls", "Girls, by hand"), "Girls"),
    "a created chart renamed": (people.renaming("chart", "Total Revenue", "Revenue, by hand"), "Revenue"),
    "the dashboard renamed": (people.renaming("dashboard", "Sales Dashboard", "Ours now"), "Sales Dashboard"),
    "a created chart removed": (people.removing("chart", "Total Revenue"), "Total Revenue"),
    "described": (people.setting("chart", "Total Revenue", description="ours"), "Total Revenue"),
    "certified": (people.setting("dashboard", "Sales Dashboard", certified_by="Olga"), "Sales Dashboard"),
    "published": (people.publish("Sales Dashboard"), "Sales Dashboard"),
    "a column described": (people.describe_column("cleaned_sales_data"), "cleaned_sales_data"),
}
RENAMED, REMOVED = "an overwritten chart renamed", "a created chart removed"


# --- A7: edits after the apply


@attack("undo", "A7", state="applied over", each=EDITS, ci=(RENAMED,))
def edited_since(trial: Trial, edit: tuple[Work, str]) -> None:
    """Edited by others after the apply: the rollback is refused by name, and the migration stays done"""
    work, name = edit
    trial.target.others_edit(work)
    before = len(trial.to_prod.writes)
    result = trial.undo()
    trial.expect(result.refused, f"a rollback over the work of others ended with {result.code}", Kind.FALSE)
    trial.expect(name in result.text, f"the refusal does not name “{name}”: {result.last[:200]}")
    trial.expect(len(trial.to_prod.writes) == before, "a refused rollback wrote something", Kind.BETWEEN)
    trial.expect(
        trial.status == "succeeded",
        f"a refused rollback changed the status “succeeded” to “{trial.status}”",
        Kind.FALSE,
    )
    trial.end(undone=False)


@attack(
    "undo",
    "A7",
    state="applied over",
    each=EDITS,
    ci=(RENAMED,),
)
def edited_since_and_kept(trial: Trial, edit: tuple[Work, str]) -> None:
    """Edited by others after the apply: --keep-changed rolls back the rest and keeps their work"""
    trial.target.others_edit(edit[0])
    trial.target.keep_dependencies_of_foreign_work()
    result = trial.undo("--keep-changed")
    trial.expect(result.succeeded, f"--keep-changed ended with {result.code}: {result.last[:200]}")
    trial.end(undone=False)


@attack(
    "undo",
    "A7",
    state="applied over",
    each={name: EDITS[name] for name in (RENAMED, REMOVED)},
    ci=(RENAMED,),
)
def edited_since_and_forced(trial: Trial, edit: tuple[Work, str]) -> None:
    """Edited by others after the apply: --force with a reason rolls back everything, and the audit has the reason"""
    trial.target.others_edit(edit[0])
    trial.target.overridden = True  # as requested
    result = trial.undo("--force", "the board asked for it")
    if result.succeeded:
        trial.target.foreign_work.clear()
    trial.expect(result.succeeded, f"--force ended with {result.code}: {result.last[:200]}")
    entries = trial.run("audit", "list", "--format", "json").text
    trial.expect("the board asked for it" in entries, "the audit lacks the reason", Kind.FALSE)
    trial.end(undone=False)


@attack("undo", "A7", state="applied over")
def edited_beside(trial: Trial) -> None:
    """Edited by others, but not written by the migration: the rollback succeeds and keeps it"""
    trial.target.others_edit(people.renaming("chart", "Boys", "Boys, by hand"))
    result = trial.undo()
    trial.expect(result.succeeded, f"refused because of an asset that it had not written: {result.last[:200]}")
    trial.end(undone=False)


@attack("undo", "A7", state="applied over")
def forced_without_a_reason(trial: Trial) -> None:
    """--force without a reason is refused"""
    trial.target.others_edit(EDITS[RENAMED][0])
    result = trial.undo("--force", "")
    trial.expect(not result.succeeded, "--force without a reason was accepted")
    trial.end(undone=False)


@attack("undo", "A1", state="mixed", ci=True)
def edited_after_an_interruption(trial: Trial) -> None:
    """Edited by others after an interrupted apply that wrote it: the rollback must not overwrite that"""
    trial.to_prod.rule("POST", "/import/", actions.commit_then_respond(GATEWAY_TIMEOUT))
    trial.to_prod.rule("POST", "/import/", actions.refuse(422), times=9)
    trial.apply()
    if trial.target_state().from_before:
        trial.target.others_edit(people.renaming("chart", "Girls", "Girls, by hand"))
        trial.undo()
    trial.end(undone=False)


@attack("undo", "A1", state="mixed")
def untouched_edited_after_an_interruption(trial: Trial) -> None:
    """Edited by others after an interrupted apply that never touched it: the rollback leaves that"""
    trial.to_prod.rule("POST", "/import/", actions.refuse(422), times=9, skip=1)
    trial.apply()
    trial.target.others_edit(people.renaming("chart", "Boys", "Boys, by hand"))
    trial.undo()
    trial.end(undone=False)
