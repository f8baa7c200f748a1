# [DEF:migrations.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Migrations, plans and runs in words, tables and JSON: what the commands print.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> superset.plan.render
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from django.utils.translation import gettext

from apps.contracts.plain_text import name, one_line
from apps.core.management.base import Options
from apps.core.management.colour import Colour, Prefixes, painted_lines
from apps.core.management.lists import Page, page_output
from apps.core.management.output import DONE, PENDING, Output
from apps.core.management.program import program
from apps.migrations.liveness import error_of, state_of
from apps.migrations.management import messages
from apps.migrations.management.json_output import approvals_data, decision_data, migration_data, plan_data, run_data
from apps.migrations.management.next_steps import first_step, next_step
from apps.migrations.messages import NOTHING_WRITTEN, UNKNOWN, UNPUBLISHED
from apps.migrations.messages import WRITTEN as ASSETS_WRITTEN
from apps.migrations.models import Decision, Migration, PlanRecord, Run, RunKind
from apps.migrations.review.outcome import attached_lines
from apps.migrations.services.execution import Explained
from apps.migrations.services.planning import Created
from apps.migrations.status import status_of, undone_runs, waiting_drafts
from apps.superset.plan.beside import whole
from apps.superset.plan.plan import Plan
from apps.superset.plan.render import as_markdown, as_text

PLAN_LINES: Prefixes = (
    ("  + ", Colour.GREEN),
    ("  ~ ", Colour.YELLOW),
    ("  - ", Colour.RED),
    ("  ? ", Colour.QUIET),
    ("  ! ", Colour.YELLOW),
    ("        | +", Colour.GREEN),
    ("        | -", Colour.RED),
    ("        | @", Colour.QUIET),
)
"""What the lines of a rendered plan begin with: changes, warnings, and differences of a text."""


def _painted(text: str) -> str:
    return painted_lines(text, PLAN_LINES)


def created_output(created: Created, *, again: int | None = None) -> Output:
    """A new plan; `again` is the number of a migration that was planned again."""
    plan, migration = created.plan, created.migration
    data = {"migration": migration_data(migration) if migration else None, "plan": plan_data(plan)}
    if migration is None:
        text, markdown = as_text(plan, gettext), as_markdown(plan, gettext)
        if plan.pending:
            note = str(messages.NOT_KEPT)
        elif again:
            note = messages.NO_LONGER_NEEDED.format(number=again, program=program())
        else:
            return Output(data, text, markdown, paint=_painted)
        code = PENDING if plan.pending else DONE
        return Output(data, f"{text}\n\n{note}", f"{markdown}\n{note}", code, paint=_painted)
    kept = messages.STORED.format(number=migration.pk)
    what, command = first_step(migration)
    return Output(
        data,
        f"{as_text(plan, gettext)}\n\n{kept} {what}: {command}",
        f"{as_markdown(plan, gettext)}\n{kept} {what}: `{command}`",
        PENDING,
        paint=_painted,
    )


def decision_output(decision: Decision) -> Output:
    migration = decision.migration
    data = {"migration": migration_data(migration), "decision": decision_data(decision)}
    sentence = messages.STATE_NOW.format(number=migration.pk, status=status_of(migration))
    return Output(data, f"{sentence} {next_step(migration)}".strip())


def dry_run_output(explained: Explained, *, question: str, command: str) -> Output:
    """A dry run, with what to do to make it real."""
    data = {"plan": plan_data(explained.plan), "stages": explained.stages}
    question = one_line(question)
    steps = "\n".join(f"  {number}. {one_line(stage)}" for number, stage in enumerate(explained.stages, 1))
    return Output(
        data,
        f"{question} {messages.STAGES}\n{steps}\n\n{messages.DRY_RUN}: {command}",
        f"{question}\n\n{steps.replace('  ', '', 1)}\n\n{messages.DRY_RUN}: `{command}`",
        PENDING,
    )


def run_output(run: Run) -> Output:
    """A run that succeeded."""
    result = run.result or {}
    written, removed = len(result["written"]), len(result["removed"])
    seconds = (run.finished - run.started).total_seconds() if run.finished else 0
    what = messages.APPLIED if run.kind == RunKind.APPLY else messages.ROLLED_BACK
    done = what.format(number=run.migration_id, target=run.target)
    if kept := result.get("kept"):
        done += messages.EXCEPT.format(kept=", ".join(kept))
    parts = ", ".join(_parts(written, removed, result)) or messages.NOTHING_LEFT
    sentence = messages.DONE.format(done=done, parts=parts, seconds=f"{seconds:.1f}")
    data = {"migration": migration_data(run.migration), "run": run_data(run)}
    return Output(data, "\n".join([one_line(sentence), *_warnings(result)]))


def _parts(written: int, removed: int, result: Mapping[str, Any]) -> Iterator[str]:
    counts = (
        (written, messages.WRITTEN),
        (removed, messages.REMOVED),
        (result["repaired"], messages.REPAIRED),
        (len(result.get("attached") or ()), messages.ATTACHED),
    )
    yield from (message.format(number=number) for number, message in counts if number)


def _warnings(result: Mapping[str, Any]) -> Iterator[str]:
    for note in result.get("warnings") or ():
        yield one_line(note["text"])
        yield from (f"  {one_line(asset)}" for asset in note["assets"])


def nothing_output(migration: Migration, why: str) -> Output:
    """The requested state already exists, which is no failure."""
    return Output(
        {"migration": migration_data(migration), "run": None}, messages.NOTHING_TO_DO.format(why=one_line(why))
    )


def detail_output(migration: Migration, record: PlanRecord | None) -> Output:
    runs = list(migration.runs.select_related("actor").prefetch_related("writes"))
    decisions = list(migration.decisions.select_related("actor", "plan"))
    data: dict[str, Any] = {
        "migration": migration_data(migration),
        "approvals": approvals_data(migration),
        "decisions": [decision_data(decision) for decision in decisions],
        "runs": [run_data(run) for run in runs],
    }
    sides = {"source": migration.source, "target": migration.target}
    head = one_line(messages.TITLE.format(number=migration.pk, **sides, status=status_of(migration)))
    text, markdown = [head], [f"**{head}**"]
    left_behind: dict[str, list[str]] = {}
    plan: Plan | None = None
    if record:
        plan = Plan.from_json(json.loads(record.document))
        left_behind = _left_behind(runs, plan)
        data["plan"] = plan_data(plan)
        text += ["", as_text(plan, gettext)]
        markdown += ["", as_markdown(plan, gettext)]
    if decisions:
        lines = [_decision_line(decision) for decision in decisions]
        text += ["", str(messages.DECISIONS), *(f"  {line}" for line in lines)]
        markdown += ["", f"## {messages.DECISIONS}", "", *(f"- {line}" for line in lines)]
    if runs:
        lines = list(chain.from_iterable(_run_lines(run, plan) for run in runs))
        text += ["", str(messages.RUNS), *(f"  {line}" for line in lines)]
        markdown += ["", f"## {messages.RUNS}", "", *(f"- {line}" for line in lines)]
    for heading, names in left_behind.items():
        text += ["", heading, *(f"  {name}" for name in names)]
        markdown += ["", f"## {heading}", "", *(f"- {name}" for name in names)]
    if advice := next_step(migration):
        text += ["", advice]
        markdown += ["", advice]
    return Output(data, "\n".join(text), "\n".join(markdown), paint=_painted)


def list_output(page: Page[Migration], options: Options) -> Output:
    headers = ("ID", "SOURCE", "TARGET", "STATE", "BY", "CREATED", "TITLE")
    return page_output(
        page, options, headers, data=migration_data, cells=_listed, empty=messages.EMPTY.format(program=program())
    )


def _listed(migration: Migration) -> tuple[str, ...]:
    return (
        str(migration.pk),
        migration.source.name,
        migration.target.name,
        status_of(migration).value,
        migration.author.username,
        f"{migration.created:%Y-%m-%d %H:%M}",
        one_line(migration.title, 60),
    )


def _decision_line(decision: Decision) -> str:
    who = decision.actor or "Lockstep"
    line = f"{decision.at:%Y-%m-%d %H:%M:%S} {decision.in_words} by {who} (plan {decision.plan.number})"
    return one_line(f"{line}: {decision.note}" if decision.note else line)


def _run_line(run: Run) -> str:
    line = f"{run.started:%Y-%m-%d %H:%M:%S} {run.kind} by {run.actor}: {state_of(run)}"
    error = error_of(run)
    return one_line(f"{line}: {error['sentence']} {_written_by(run)}".rstrip() if error else line)


def _run_lines(run: Run, plan: Plan | None) -> list[str]:
    """The run, and what it has set beside the documents."""
    attached = attached_lines(run, plan) if plan else []
    return [_run_line(run), *(f"  {one_line(whole(line))}" for line in attached)]


def _written_by(run: Run) -> str:
    """Of one that did not end well."""
    if run.result:  # its sentence says so
        return ""
    known = ASSETS_WRITTEN.format(number=len(run.written)) if run.written else ""
    unknown = UNKNOWN.format(number=len(run.open)) if run.open else ""
    return f"{known} {unknown}".strip() or str(NOTHING_WRITTEN)


def _left_behind(runs: list[Run], plan: Plan) -> dict[str, list[str]]:
    """Where the last run did not end well, by kind and name: what it had written, and what any may have."""
    if not runs or not error_of(last := runs[-1]):
        return {}
    names = {str(change.key): f"{change.key.kind} “{name(change.name)}”" for change in plan.changes}
    still_open = dict.fromkeys(key for run in runs for key in run.open)
    drafts = [] if last.kind == RunKind.ROLLBACK else waiting_drafts(undone_runs(last.migration), plan)
    found = {
        str(messages.WRITTEN_BY_LAST_RUN): [] if last.result else last.written,
        str(messages.NOT_KNOWN): still_open,
        str(UNPUBLISHED): [f"dashboard “{name(each)}”" for each in drafts],
    }
    return {heading: [names.get(key, key) for key in keys] for heading, keys in found.items() if keys}
