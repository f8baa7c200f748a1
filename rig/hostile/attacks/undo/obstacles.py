"""Attacks on a rollback: removals that others block, assets that cannot be read."""

from __future__ import annotations

from rig.check.rest import Superset
from rig.hostile import people
from rig.hostile.arena import SALES
from rig.hostile.attack import attack
from rig.hostile.judge.verdict import Kind
from rig.hostile.people import Work
from rig.hostile.trial import Trial

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
