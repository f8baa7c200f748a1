"""Attacks on an undo: others' work, what blocks a removal, strangers that cannot be read, blows half-way."""

from __future__ import annotations

import signal
from collections.abc import Callable

from rig.check.rest import Superset
from rig.hostile import gateway, people
from rig.hostile.arena import BIRTHS, SALES
from rig.hostile.attack import attack
from rig.hostile.attacks.writes import GATEWAY_TIMEOUT, HTML, PAGE
from rig.hostile.commands import PATIENCE
from rig.hostile.faults.signals import asleep, await_at
from rig.hostile.gateway import Act, Answer, Gate
from rig.hostile.trial import Trial, await_that
from rig.hostile.verdict import Kind
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


# --- A7: a third state


@attack("undo", "A7", state="applied over", each=EDITS, ci=(RENAMED,))
def edited_since(trial: Trial, edit: tuple[Work, str]) -> None:
    """Somebody edits after a good apply: the undo refuses with the name, and the migration stays done"""
    work, name = edit
    trial.somebody(work)
    before = len(trial.to_prod.writes)
    said = trial.undo()
    trial.expect(said.refused, f"an undo over somebody's work ended with {said.code}", Kind.FALSE)
    trial.expect(name in said.text, f"the refusal does not name “{name}”: {said.last[:200]}")
    trial.expect(len(trial.to_prod.writes) == before, "a refused undo had written something", Kind.BETWEEN)
    trial.expect(trial.status == "done", f"a refused undo turned “done” into “{trial.status}”", Kind.FALSE)
    trial.end(undone=False)


@attack(
    "undo",
    "A7",
    state="applied over",
    each=EDITS,
    ci=(RENAMED,),
)
def edited_since_and_kept(trial: Trial, edit: tuple[Work, str]) -> None:
    """Somebody edits after a good apply: --keep-changed undoes the rest and keeps his work"""
    trial.somebody(edit[0])
    trial.keep_what_theirs_need()
    said = trial.undo("--keep-changed")
    trial.expect(said.succeeded, f"--keep-changed ended with {said.code}: {said.last[:200]}")
    trial.end(undone=False)


@attack(
    "undo",
    "A7",
    state="applied over",
    each={name: EDITS[name] for name in (RENAMED, REMOVED)},
    ci=(RENAMED,),
)
def edited_since_and_forced(trial: Trial, edit: tuple[Work, str]) -> None:
    """Somebody edits after a good apply: --force with a reason undoes all, and the audit tells the reason"""
    trial.somebody(edit[0])
    trial.overridden = True  # that is what is asked for
    said = trial.undo("--force", "the board asked for it")
    if said.succeeded:
        trial.theirs.clear()
    trial.expect(said.succeeded, f"--force ended with {said.code}: {said.last[:200]}")
    told = trial.run("audit", "list", "--format", "json").text
    trial.expect("the board asked for it" in told, "the audit does not tell the reason", Kind.FALSE)
    trial.end(undone=False)


@attack("undo", "A7", state="applied over")
def edited_beside(trial: Trial) -> None:
    """Somebody edits what the migration found as it was to be, and did not touch: the undo goes through and keeps it"""
    trial.somebody(people.renaming("chart", "Boys", "Boys, by hand"))
    said = trial.undo()
    trial.expect(said.succeeded, f"it refused for what it had not written: {said.last[:200]}")
    trial.end(undone=False)


@attack("undo", "A7", state="applied over")
def forced_without_a_reason(trial: Trial) -> None:
    """--force without a reason is refused"""
    trial.somebody(EDITS[RENAMED][0])
    said = trial.undo("--force", "")
    trial.expect(not said.succeeded, "--force without a reason went through")
    trial.end(undone=False)


@attack("undo", "A1", state="mixed", ci=True)
def edited_after_an_interruption(trial: Trial) -> None:
    """The apply stopped half-way, then somebody edits what it wrote: the undo must not overwrite that"""
    trial.to_prod.rule("POST", "/import/", gateway.commit_then_say(GATEWAY_TIMEOUT))
    trial.to_prod.rule("POST", "/import/", gateway.refuse(422), times=9)
    trial.apply()
    if trial.truth().from_before:
        trial.somebody(people.renaming("chart", "Girls", "Girls, by hand"))
        trial.undo()
    trial.end(undone=False)


@attack("undo", "A1", state="mixed")
def untouched_edited_after_an_interruption(trial: Trial) -> None:
    """The apply stopped half-way, then somebody edits what it never touched: the undo leaves that"""
    trial.to_prod.rule("POST", "/import/", gateway.refuse(422), times=9, skip=1)
    trial.apply()
    trial.somebody(people.renaming("chart", "Boys", "Boys, by hand"))
    trial.undo()
    trial.end(undone=False)


# --- A4: what blocks a removal

BLOCKS: dict[str, tuple[Work, str]] = {
    "a report on a chart": (people.report_on("chart", "Total Revenue"), "Monday mail of Total Revenue"),
    "a report on the dashboard": (people.report_on("dashboard", "Sales Dashboard"), "Monday mail of Sales Dashboard"),
    "an alert on a chart": (lambda prod: people.alert_on_database(prod, "Total Revenue"), "Alarm of Total Revenue"),
    "a chart over the dataset": (people.chart_over("cleaned_sales_data"), "Somebody's chart"),
    "a dashboard with a chart": (people.dashboard_with("Total Revenue"), "Somebody's board"),
}


@attack("undo", "A4", state="applied over", each=BLOCKS, ci=("a report on a chart",))
def blocked(trial: Trial, block: tuple[Work, str]) -> None:
    """Something of somebody's hangs on what was created: refused with its name before anything is removed"""
    work, name = block
    trial.somebody(work)
    before = len(trial.to_prod.succeeded)
    said = trial.undo()
    trial.expect(said.refused, f"an undo that cannot be ended with {said.code}", Kind.FALSE)
    trial.expect(name in said.text, f"the refusal does not name “{name}”: {said.last[:200]}")
    trial.expect(len(trial.to_prod.succeeded) == before, "it had removed something before it was refused", Kind.BETWEEN)
    trial.end(undone=False)


# --- A3: strangers that cannot be read


def _nameless(prod: Superset) -> None:
    """A dashboard whose export the server cannot make."""
    prod.create("dashboard", {"dashboard_title": "To be nameless", "slug": "nameless"})


@attack("undo", "A3", state="applied", ci=True)
def unreadable_stranger(trial: Trial) -> None:
    """A stranger's dashboard on the target cannot be exported: the undo goes through all the same"""
    _stranger(trial, "prod")
    said = trial.undo()
    trial.expect(said.succeeded, f"a stranger that cannot be read stops the undo: {said.last[:200]}")
    trial.end(undone=False)


@attack("undo", "A3", state="registered")
def unreadable_on_the_source(trial: Trial) -> None:
    """A dashboard of the source cannot be exported: a plan of another goes through, one of all names it"""
    _stranger(trial, "dev")
    said = trial.plan(SALES)
    trial.expect(said.code == 2, f"a plan of another dashboard ended with {said.code}: {said.last[:200]}")
    said = trial.run("migration", "plan", "dev", "prod", "--all", "--map-database", "examples=warehouse")
    named = "nameless" in said.text or "without a name" in said.text
    trial.expect(said.code in (1, 2), f"a plan of all ended with {said.code}")
    trial.expect(named, f"nothing names the one that cannot be read: {said.last[:300]}")
    trial.expect("and 6 more" not in said.text, "it blames a batch in place of the one")


def _stranger(trial: Trial, where: str) -> None:
    server = trial.prod if where == "prod" else trial.dev
    _nameless(server)
    trial.sql(where, "UPDATE dashboards SET dashboard_title = NULL WHERE slug = 'nameless'")
    if where == "prod":
        trial.remember_strangers()


# --- A8


@attack("undo", "A8", state="registered", ci=True)
def applied_again_on_an_old_approval(trial: Trial) -> None:
    """A protected target: what was rolled back is not applied again on its old approval"""
    approved(trial, BIRTHS)
    trial.apply()
    trial.undo()
    said = trial.apply()
    trial.expect(not said.succeeded, "applied again on the approval that it had", Kind.FALSE)
    trial.end(undone=False)


@attack("undo", "A7", state="applied")
def undone_twice(trial: Trial) -> None:
    """Rolled back, and once more: it says so, and writes nothing"""
    trial.undo()
    before = len(trial.to_prod.writes)
    trial.undo()
    trial.expect(len(trial.to_prod.writes) == before, "the second undo wrote something", Kind.DOUBLED)
    trial.end()


@attack("undo", "A8", state="applied over")
def older_first(trial: Trial) -> None:
    """The migration before the last is undone first: refused, or what the later one wrote stays"""
    trial.migration -= 1
    before = len(trial.to_prod.succeeded)
    said = trial.heard(trial.begin(*trial.undoing).said(PATIENCE))
    trial.expect(said.refused, f"an undo below a later migration ended with {said.code}", Kind.FALSE)
    trial.expect("migration 2" in said.text, f"the refusal does not name the later one: {said.last[:200]}")
    trial.expect(len(trial.to_prod.succeeded) == before, "it had removed something before it was refused", Kind.BETWEEN)
    trial.expect(trial.status == "done", f"a refused undo turned “done” into “{trial.status}”", Kind.FALSE)


# --- blows and answers half-way


UNKNOWN: dict[str, Callable[[], Act]] = {
    "504 after it was carried out": lambda: gateway.commit_then_say(GATEWAY_TIMEOUT),
    "504, not carried out": lambda: gateway.say(GATEWAY_TIMEOUT),
    "no answer after it was carried out": lambda: gateway.commit_then_drop,
    "no answer, not carried out": lambda: gateway.drop,
    "200 and a page, not carried out": lambda: gateway.say(Answer(200, PAGE, HTML)),
    "200 and a page, carried out": lambda: gateway.commit_then_say(Answer(200, PAGE, HTML)),
    "422": lambda: gateway.refuse(422),
    "403": lambda: gateway.refuse(403),
    "404 after it was carried out": lambda: gateway.commit_then_say(Answer.of_json(404, {"message": "Not found"})),
}


@attack("undo", "A1b", state="applied", each=UNKNOWN, ci=("504, not carried out",))
def removal_unknown(trial: Trial, act: Callable[[], Act]) -> None:
    """The answer to the first removal"""
    trial.to_prod.rule("DELETE", "/", act())
    trial.undo()
    _in_the_end_undone(trial)


@attack("undo", "A1b", state="applied over", each=UNKNOWN, ci=("504 after it was carried out",))
def restoring_unknown(trial: Trial, act: Callable[[], Act]) -> None:
    """The answer to the import that puts back what was overwritten"""
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
    """The answer to the second removal"""
    trial.to_prod.rule("DELETE", "/", act(), skip=1)
    trial.undo()
    _in_the_end_undone(trial)


def _in_the_end_undone(trial: Trial) -> None:
    """Half of it may be undone; then another undo must end it."""
    trial.to_prod.lift()
    trial.to_prod.settle()
    if trial.truth().from_before:
        trial.undo()
    truth = trial.truth()
    trial.expect(
        not truth.from_before, f"another undo does not end it: {'; '.join(truth.from_before[:3])}", Kind.BETWEEN
    )
    trial.end(undone=False)


LATE: dict[str, Callable[[Gate], Act]] = {
    "504 at once": lambda gate: gateway.say_then_commit(GATEWAY_TIMEOUT, gate),
    "the connection ends": gateway.drop_then_commit,
}


@attack("undo", "A1b", state="applied over", each=LATE)
def restoring_late(trial: Trial, act: Callable[[Gate], Act]) -> None:
    """The import that puts back what was overwritten is carried out late"""
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
    """A removal is answered with 429, and then let through"""
    trial.to_prod.rule("DELETE", "/", gateway.refuse(429, Retry_After="1"), times=times)
    said = trial.undo()
    trial.expect(said.succeeded, f"429 says that nothing was done, and it gave up: {said.last[:200]}")
    _in_the_end_undone(trial)


MOMENTS = {
    "at the import": ("POST", "/import/", 0),
    "at the first removal": ("DELETE", "/", 0),
    "at the second removal": ("DELETE", "/", 1),
    "at the third removal": ("DELETE", "/", 2),
}


@attack("undo", "A1b", state="applied over", each=MOMENTS, ci=("at the second removal",))
def killed(trial: Trial, moment: tuple[str, str, int]) -> None:
    """The process is killed while a request of the undo is held, and that goes on later"""
    method, path, skip = moment
    gate = trial.to_prod.gate()
    trial.to_prod.rule(method, path, gateway.hold_then_commit(gate), skip=skip)
    command = trial.begin(*trial.undoing)
    await_at(gate)
    command.signal(signal.SIGKILL)
    command.said()
    _in_the_end_undone(trial)


@attack("undo", "A1c", state="applied over")
def asleep_before_a_removal(trial: Trial) -> None:
    """An undo stands still after its import, is given up and done by another; woken it writes nothing"""
    trial.worker()
    gate = trial.to_prod.gate()
    trial.to_prod.rule("POST", "/import/", gateway.commit_then_hold(gate))
    command = trial.begin(*trial.undoing)
    await_at(gate)
    with asleep([command.pid]):
        gate.open()
        await_that(lambda: trial.status != "rolling back", 120)
        trial.undo()
        before = len(trial.to_prod.writes)
    await_that(lambda: len(trial.to_prod.writes) > before, 8)
    after = trial.to_prod.writes[before:]
    trial.expect(not after, f"woken after its run was given up, it sent {len(after)} writes", Kind.FALSE)
    trial.end()


# --- what an undo must leave as it is

SIDES: dict[str, Work] = {
    "another owner": people.own_all,
    "roles": people.restrict,
    "embedding": people.embed,
    "a theme": people.give_theme,
}


@attack("undo", "A6", state="applied over", each=SIDES)
def sides_given_since(trial: Trial, give: Work) -> None:
    """Something that does not travel was given to what was written: refused, or it stays with the asset"""
    trial.somebody(give)
    trial.theirs = {}
    sides_before = trial.sides()
    said = trial.heard(trial.begin(*trial.undoing).said(PATIENCE))
    if said.succeeded:
        left = [how for how in trial.truth().from_before if "has other" not in how and "theme_uuid" not in how]
        trial.expect(not left, f"“rolled back”, and {'; '.join(left[:3])}", Kind.FALSE)
        gone = trial.sides_lost(sides_before)
        trial.expect(not gone, f"the undo took {'; '.join(gone[:3])}", Kind.LOST)
    else:
        trial.expect(trial.status == "done", f"a refused undo turned “done” into “{trial.status}”", Kind.FALSE)
