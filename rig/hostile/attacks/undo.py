"""Attacks on a rollback: work of others, blocked removals, unreadable assets, faults half-way."""

from __future__ import annotations

import signal
from collections.abc import Callable

from rig.check.rest import Superset
from rig.hostile import people
from rig.hostile.arena import BIRTHS, SALES
from rig.hostile.attack import attack
from rig.hostile.attacks.writes import GATEWAY_TIMEOUT, HTML, PAGE
from rig.hostile.commands import TIMEOUT
from rig.hostile.faults.signals import asleep, wait_for_gate
from rig.hostile.gateway import actions
from rig.hostile.gateway.exchange import Response
from rig.hostile.gateway.rules import Act, Gate
from rig.hostile.judge.verdict import Kind
from rig.hostile.trial import Trial, wait_until
from rig.hostile.web import approved

Work = Callable[[Superset], None]

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
        trial.status == "done", f"a refused rollback changed the status “done” to “{trial.status}”", Kind.FALSE
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


# --- A4: blocked removals

BLOCKS: dict[str, tuple[Work, str]] = {
    "a report on a chart": (people.report_on("chart", "Total Revenue"), "Monday mail of Total Revenue"),
    "a report on the dashboard": (people.report_on("dashboard", "Sales Dashboard"), "Monday mail of Sales Dashboard"),
    "an alert on a chart": (lambda prod: people.alert_on_database(prod, "Total Revenue"), "Alarm of Total Revenue"),
    "a chart over the dataset": (people.chart_over("cleaned_sales_data"), "Somebody's chart"),
    "a dashboard with a chart": (people.dashboard_with("Total Revenue"), "Somebody's board"),
}


@attack("undo", "A4", state="applied over", each=BLOCKS, ci=("a report on a chart",))
def blocked(trial: Trial, block: tuple[Work, str]) -> None:
    """Others depend on what was created: refused by name before anything is removed"""
    work, name = block
    trial.target.others_edit(work)
    before = len(trial.to_prod.succeeded)
    result = trial.undo()
    trial.expect(result.refused, f"a blocked rollback ended with {result.code}", Kind.FALSE)
    trial.expect(name in result.text, f"the refusal does not name “{name}”: {result.last[:200]}")
    trial.expect(len(trial.to_prod.succeeded) == before, "removed something before the refusal", Kind.BETWEEN)
    trial.end(undone=False)


# --- A3: unreadable assets


def _nameless(prod: Superset) -> None:
    """Create a dashboard that the server cannot export."""
    prod.create("dashboard", {"dashboard_title": "To be nameless", "slug": "nameless"})


@attack("undo", "A3", state="applied", ci=True)
def unreadable_stranger(trial: Trial) -> None:
    """An unrelated dashboard on the target cannot be exported: the rollback succeeds"""
    _stranger(trial, "prod")
    result = trial.undo()
    trial.expect(result.succeeded, f"an unrelated unreadable dashboard stops the rollback: {result.last[:200]}")
    trial.end(undone=False)


@attack("undo", "A3", state="registered")
def unreadable_on_the_source(trial: Trial) -> None:
    """A dashboard of the source cannot be exported: a plan of another succeeds, a plan of all names it"""
    _stranger(trial, "dev")
    result = trial.plan(SALES)
    trial.expect(result.code == 2, f"a plan of another dashboard ended with {result.code}: {result.last[:200]}")
    result = trial.run("migration", "plan", "dev", "prod", "--all", "--map-database", "examples=warehouse")
    named = "nameless" in result.text or "without a name" in result.text
    trial.expect(result.code in (1, 2), f"a plan of all ended with {result.code}")
    trial.expect(named, f"the unreadable dashboard is not named: {result.last[:300]}")
    trial.expect("and 6 more" not in result.text, "blames a batch instead of the dashboard")


def _stranger(trial: Trial, where: str) -> None:
    server = trial.prod if where == "prod" else trial.dev
    _nameless(server)
    trial.sql(where, "UPDATE dashboards SET dashboard_title = NULL WHERE slug = 'nameless'")
    if where == "prod":
        trial.target.remember_foreign_assets(trial.touched())


# --- A8


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
        trial.status == "done", f"a refused rollback changed the status “done” to “{trial.status}”", Kind.FALSE
    )


# --- faults and responses half-way


UNKNOWN: dict[str, Callable[[], Act]] = {
    "504 after it was carried out": lambda: actions.commit_then_respond(GATEWAY_TIMEOUT),
    "504, not carried out": lambda: actions.respond_with(GATEWAY_TIMEOUT),
    "no answer after it was carried out": lambda: actions.commit_then_drop,
    "no answer, not carried out": lambda: actions.drop,
    "200 and a page, not carried out": lambda: actions.respond_with(Response(200, PAGE, HTML)),
    "200 and a page, carried out": lambda: actions.commit_then_respond(Response(200, PAGE, HTML)),
    "422": lambda: actions.refuse(422),
    "403": lambda: actions.refuse(403),
    "404 after it was carried out": lambda: actions.commit_then_respond(
        Response.of_json(404, {"message": "Not found"})
    ),
}


@attack("undo", "A1b", state="applied", each=UNKNOWN, ci=("504, not carried out",))
def removal_unknown(trial: Trial, act: Callable[[], Act]) -> None:
    """Response to the first removal"""
    trial.to_prod.rule("DELETE", "/", act())
    trial.undo()
    _in_the_end_undone(trial)


@attack("undo", "A1b", state="applied over", each=UNKNOWN, ci=("504 after it was carried out",))
def restoring_unknown(trial: Trial, act: Callable[[], Act]) -> None:
    """Response to the import that restores what was overwritten"""
    trial.to_prod.rule("POST", "/import/", act())
    trial.undo()
    _in_the_end_undone(trial)


@attack(
    "undo",
    "A1b",
    state="applied over",
    each={name: UNKNOWN[name] for name in ("504 after it was carried out", "422", "no answer, not carried out")},
)
def removal_unknown_half_way(trial: Trial, act: Callable[[], Act]) -> None:
    """Response to the second removal"""
    trial.to_prod.rule("DELETE", "/", act(), skip=1)
    trial.undo()
    _in_the_end_undone(trial)


def _in_the_end_undone(trial: Trial) -> None:
    """A rollback may stop half-way; then another rollback must finish it."""
    trial.to_prod.lift()
    trial.to_prod.settle()
    if trial.target_state().from_before:
        trial.undo()
    target_state = trial.target_state()
    trial.expect(
        not target_state.from_before,
        f"another rollback does not finish it: {'; '.join(target_state.from_before[:3])}",
        Kind.BETWEEN,
    )
    trial.end(undone=False)


LATE: dict[str, Callable[[Gate], Act]] = {
    "504 at once": lambda gate: actions.respond_then_commit(GATEWAY_TIMEOUT, gate),
    "the connection ends": actions.drop_then_commit,
}


@attack("undo", "A1b", state="applied over", each=LATE)
def restoring_late(trial: Trial, act: Callable[[Gate], Act]) -> None:
    """The import that restores what was overwritten is carried out late"""
    trial.to_prod.rule("POST", "/import/", act(trial.to_prod.gate()))
    trial.undo()
    _in_the_end_undone(trial)


@attack("undo", "A1b", state="applied", each=LATE)
def removal_late(trial: Trial, act: Callable[[Gate], Act]) -> None:
    """A removal is carried out late"""
    trial.to_prod.rule("DELETE", "/", act(trial.to_prod.gate()))
    trial.undo()
    _in_the_end_undone(trial)


@attack("undo", "A2", state="applied", each={"429 twice": 2, "429 five times": 5}, ci=("429 twice",))
def removal_asked_to_wait(trial: Trial, times: int) -> None:
    """A removal is refused with 429, then accepted"""
    trial.to_prod.rule("DELETE", "/", actions.refuse(429, Retry_After="1"), times=times)
    result = trial.undo()
    trial.expect(result.succeeded, f"gave up on 429, which says that nothing was done: {result.last[:200]}")
    _in_the_end_undone(trial)


MOMENTS = {
    "at the import": ("POST", "/import/", 0),
    "at the first removal": ("DELETE", "/", 0),
    "at the second removal": ("DELETE", "/", 1),
    "at the third removal": ("DELETE", "/", 2),
}


@attack("undo", "A1b", state="applied over", each=MOMENTS, ci=("at the second removal",))
def killed(trial: Trial, moment: tuple[str, str, int]) -> None:
    """The process is killed while a request of the rollback is held, which continues later"""
    method, path, skip = moment
    gate = trial.to_prod.gate()
    trial.to_prod.rule(method, path, actions.hold_then_commit(gate), skip=skip)
    command = trial.begin(*trial.undo_command)
    wait_for_gate(gate)
    command.signal(signal.SIGKILL)
    command.result()
    _in_the_end_undone(trial)


@attack("undo", "A1c", state="applied over")
def asleep_before_a_removal(trial: Trial) -> None:
    """A rollback stops after its import, is given up and finished by another; woken, it writes nothing"""
    trial.worker()
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", "/import/", actions.commit_then_hold(gate))
    command = trial.begin(*trial.undo_command)
    wait_for_gate(gate)
    with asleep([command.pid]):
        gate.open()
        wait_until(lambda: trial.status != "rolling back", 120)
        trial.undo()
        before = len(trial.to_prod.writes)
    wait_until(lambda: len(trial.to_prod.writes) > before, 8)
    after = trial.to_prod.writes[before:]
    trial.expect(not after, f"sent {len(after)} writes after its run was given up", Kind.FALSE)
    trial.end()


# --- what a rollback must leave alone

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
            trial.status == "done", f"a refused rollback changed the status “done” to “{trial.status}”", Kind.FALSE
        )
