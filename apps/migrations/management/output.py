# [DEF:migrations.management.output:Module]
# @COMPLEXITY: 3
# @PURPOSE: Migrations, plans and runs in words, tables and JSON: what the commands print.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> superset.plan.render
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from apps.contracts.plain_text import name, one_line
from apps.core.management.output import PENDING, Output, table_output
from apps.environments.models import Environment
from apps.migrations.approvals import approvals_of
from apps.migrations.liveness import state_of
from apps.migrations.models import ON_TARGET, Decision, Migration, PlanRecord, Run, RunState
from apps.migrations.services import outcomes
from apps.migrations.services.execution import Explained
from apps.migrations.services.planning import Created
from apps.migrations.status import Status, latest_run, left_on_target, status_of, undone_runs
from apps.superset.errors import OutcomeOpen, PlanStale, PlanUnsafe, SupersetError, UndoBlocked
from apps.superset.plan.plan import Plan
from apps.superset.plan.render import as_markdown, as_text


def plan_data(plan: Plan) -> dict[str, Any]:
    return {**plan.to_json(), "checksum": plan.checksum, "pending": plan.pending}


def migration_data(migration: Migration) -> dict[str, Any]:
    return {
        "id": migration.pk,
        "title": migration.title,
        "source": migration.source.name,
        "target": migration.target.name,
        "status": status_of(migration).value,
        "author": migration.author.username,
        "created": migration.created.isoformat(),
    }


def run_data(run: Run) -> dict[str, Any]:
    return {
        "id": run.pk,
        "kind": run.kind,
        "state": state_of(run).value,
        "actor": run.actor.username,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
        "written": run.written,
        "open": run.open,
        "result": run.result,
        "error": run.error,
    }


def created_answer(created: Created) -> Output:
    plan, migration = created.plan, created.migration
    data = {"migration": migration_data(migration) if migration else None, "plan": plan_data(plan)}
    if migration is None:
        return Output(data, as_text(plan), as_markdown(plan))
    kept = f"Migration {migration.pk} keeps this plan; nothing is written yet."
    what, command = _next_step(migration)
    return Output(
        data,
        f"{as_text(plan)}\n\n{kept} {what}: {command}",
        f"{as_markdown(plan)}\n{kept} {what}: `{command}`",
        PENDING,
    )


def _next_step(migration: Migration) -> tuple[str, str]:
    """Of one that is planned."""
    if migration.target.protected:
        return "To have it approved", f"manage.py migration submit {migration.pk}"
    return "To apply it", f"manage.py migration apply {migration.pk} --yes"


def decision_data(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.pk,
        "kind": decision.kind,
        "actor": decision.actor.username if decision.actor else None,
        "at": decision.at.isoformat(),
        "note": decision.note,
        "plan": decision.plan.number,
        "checksum": decision.checksum,
    }


def decided_answer(decision: Decision) -> Output:
    migration = decision.migration
    data = {"migration": migration_data(migration), "decision": decision_data(decision)}
    sentence = f"Migration {migration.pk} is {status_of(migration)}."
    return Output(data, f"{sentence} {_advice(migration)}".strip())


def approvals_data(migration: Migration) -> dict[str, Any]:
    found = approvals_of(migration)
    fallen = [{"actor": str(each.decision.actor), "reason": each.why} for each in found.fallen]
    return {"needed": found.needed, "given": len(found.given), "fallen": fallen}


@contextmanager
def with_way_out(source: Environment, target: Environment) -> Iterator[None]:
    """A plan that refuses itself says which commands help."""
    try:
        yield
    except PlanUnsafe as refused:
        refused.next_step = _way_out(refused, source=source.name, target=target.name)
        raise


@contextmanager
def with_undo(migration: Migration) -> Iterator[None]:
    """A run that failed or was stopped says what it had written, and how to undo it."""
    try:
        yield
    except SupersetError as error:
        if isinstance(error, PlanStale) and left_on_target(migration):
            error.next_step = ""  # it is not planned anew before what is there is undone
        error.next_step = " ".join(filter(None, (error.next_step, *_consequences(error, migration))))
        raise


def _consequences(error: SupersetError, migration: Migration) -> Iterator[str]:
    """What the run left behind, in exactly one of three ways, and what helps."""
    number, undo = migration.pk, f"`manage.py migration rollback {migration.pk} --yes`"
    if isinstance(error, UndoBlocked):
        if error.context.get("rest", True):
            keep = f"Undo the rest and keep these with {undo[:-1]} --keep-changed`"
            yield f"{keep}, or undo these too with `--force REASON`."
        else:
            yield f"Or undo all the same with {undo[:-1]} --force REASON`."
        return
    written, still_open = (error.context.get(name) or [] for name in ("written", "open"))
    if still_open:
        until = outcomes.open_until(migration)
        yield f"Of {count(len(still_open), 'asset')} it is not known whether they were written" + (
            f": they may still be, until {until:%H:%M:%S} UTC." if until else "."
        )
    if written:
        yield f"{count(len(written), 'asset')} had been written: see `manage.py migration show {number}`."
    if written or still_open:
        yield f"Undo with {undo}."
    elif "written" in error.context and not isinstance(error, OutcomeOpen):
        yield _nothing_written(migration, undo)


def _nothing_written(migration: Migration, undo: str) -> str:
    """By this run; an earlier one may have."""
    earlier = {key for run in undone_runs(migration) for key in run.keys_with(*ON_TARGET)}
    if not earlier or not left_on_target(migration):
        return "Nothing was written."
    are = "is" if len(earlier) == 1 else "are"
    of = f"{count(len(earlier), 'asset')} of an earlier run {are}"
    may = ", or may be," if any(run.open for run in undone_runs(migration)) else ""
    return f"This run wrote nothing; {of}{may} on the target: undo with {undo}."


def _way_out(refused: PlanUnsafe, *, source: str, target: str) -> str:
    reasons = refused.context.get("reasons", ())
    kinds = {reason["kind"] for reason in reasons}
    ways = [advice.format(source=source, target=target) for known, advice in WAYS_OUT if not kinds.isdisjoint(known)]
    if names := [reason["acknowledge"] for reason in reasons if "acknowledge" in reason]:
        rest = "" if len(names) == len(reasons) else ", once the rest is mended"
        ways.append(f"To plan all the same{rest}, add --acknowledge {' '.join(names)} (on the page: “Acknowledge”).")
    return " ".join(ways)


MAPPING = (
    "Databases are mapped with --map-database SOURCE=TARGET, or for every plan with `manage.py mapping set {source} "
    "{target} SOURCE=TARGET`; `manage.py mapping suggest {source} {target}` shows candidates."
)
WAYS_OUT = (
    ({"database_unmapped", "database_takeover", "mapping_target_missing"}, MAPPING),
    ({"slug_taken"}, "Dashboards are paired with `manage.py mapping pair {source} {target} dashboard SOURCE=TARGET`."),
    ({"slug_handover"}, "Several dashboards are named with --dashboard A --dashboard B."),
    (
        {"dataset_taken", "dataset_twin"},
        "Datasets are paired with `manage.py mapping pair {source} {target} dataset SOURCE=TARGET`.",
    ),
    ({"paired_twice"}, "Take a pairing back with `manage.py mapping unpair {source} {target} KIND SOURCE`."),
    ({"too_many_changes"}, "To overwrite that many, add --allow-many."),
)
"""Kinds of refusal and what to type then."""


def explained_answer(explained: Explained, *, question: str, command: str) -> Output:
    """A dry run, with what to do to make it real."""
    data = {"plan": plan_data(explained.plan), "stages": explained.stages}
    question = one_line(question)
    steps = "\n".join(f"  {number}. {one_line(stage)}" for number, stage in enumerate(explained.stages, 1))
    return Output(
        data,
        f"{question} Stages:\n{steps}\n\nNothing is written yet. To go on: {command}",
        f"{question}\n\n{steps.replace('  ', '', 1)}\n\nNothing is written yet. To go on: `{command}`",
        PENDING,
    )


def run_answer(run: Run) -> Output:
    """A run that succeeded."""
    result = run.result or {}
    written, removed = len(result["written"]), len(result["removed"])
    seconds = (run.finished - run.started).total_seconds() if run.finished else 0
    what = "Applied" if run.kind == "apply" else "Rolled back"
    parts = [f"{number} {word}" for number, word in ((written, "written"), (removed, "removed")) if number]
    parts += [f"{result['repaired']} references repaired"] if result["repaired"] else []
    parts = parts or ["nothing was left to do"]
    kept = result.get("kept") or []
    but = f" but for what is left to others ({', '.join(kept)}, with what that needs)" if kept else ""
    sentence = (
        f"{what} migration {run.migration_id} on “{run.target}”{but}: {', '.join(parts)}, "
        f"verified by reading back, {seconds:.1f} s."
    )
    data = {"migration": migration_data(run.migration), "run": run_data(run)}
    return Output(data, "\n".join([one_line(sentence), *_warnings(result)]))


def _warnings(result: Mapping[str, Any]) -> Iterator[str]:
    for note in result.get("warnings") or ():
        yield one_line(note["text"])
        yield from (f"  {one_line(asset)}" for asset in note["assets"])


def nothing_answer(migration: Migration, why: str) -> Output:
    """What was asked for is so already, which is no failure."""
    return Output({"migration": migration_data(migration), "run": None}, f"Nothing to do: {one_line(why)}")


def shown_answer(migration: Migration, record: PlanRecord | None) -> Output:
    runs = list(migration.runs.select_related("actor").prefetch_related("writes"))
    decisions = list(migration.decisions.select_related("actor", "plan"))
    data: dict[str, Any] = {
        "migration": migration_data(migration),
        "approvals": approvals_data(migration),
        "decisions": [decision_data(decision) for decision in decisions],
        "runs": [run_data(run) for run in runs],
    }
    head = one_line(f"Migration {migration.pk}: {migration.source} → {migration.target}, {status_of(migration)}")
    text, markdown = [head], [f"**{head}**"]
    left_behind: dict[str, list[str]] = {}
    if record:
        plan = Plan.from_json(json.loads(record.document))
        left_behind = _left_behind(runs, plan)
        data["plan"] = plan_data(plan)
        text += ["", as_text(plan)]
        markdown += ["", as_markdown(plan)]
    if decisions:
        lines = [_decision_line(decision) for decision in decisions]
        text += ["", "Decisions", *(f"  {line}" for line in lines)]
        markdown += ["", "## Decisions", "", *(f"- {line}" for line in lines)]
    if runs:
        lines = [_run_line(run) for run in runs]
        text += ["", "Runs", *(f"  {line}" for line in lines)]
        markdown += ["", "## Runs", "", *(f"- {line}" for line in lines)]
    for heading, names in left_behind.items():
        text += ["", heading, *(f"  {name}" for name in names)]
        markdown += ["", f"## {heading}", "", *(f"- {name}" for name in names)]
    if advice := _advice(migration):
        text += ["", advice]
        markdown += ["", advice]
    return Output(data, "\n".join(text), "\n".join(markdown))


def listed_answer(migrations: list[Migration]) -> Output:
    return table_output(
        [migration_data(migration) for migration in migrations],
        ("ID", "FROM", "TO", "STATUS", "BY", "CREATED", "TITLE"),
        [
            (
                str(migration.pk),
                migration.source.name,
                migration.target.name,
                status_of(migration).value,
                migration.author.username,
                f"{migration.created:%Y-%m-%d %H:%M}",
                one_line(migration.title, 60),
            )
            for migration in migrations
        ],
        empty="There is no migration yet: plan one with `manage.py migration plan SOURCE TARGET --dashboard …`.",
    )


def _decision_line(decision: Decision) -> str:
    who = decision.actor or "Lockstep"
    line = f"{decision.at:%Y-%m-%d %H:%M:%S} {decision.kind} by {who} (plan {decision.plan.number})"
    return one_line(f"{line}: {decision.note}" if decision.note else line)


def _run_line(run: Run) -> str:
    line = f"{run.started:%Y-%m-%d %H:%M:%S} {run.kind} by {run.actor}: {state_of(run)}"
    return one_line(f"{line}: {run.error['sentence']} {_written_by(run)}".rstrip() if run.error else line)


def _written_by(run: Run) -> str:
    """Of one that did not end well."""
    if run.result:  # its sentence tells
        return ""
    known = f"{count(len(run.written), 'asset')} had been written." if run.written else ""
    unknown = f"Of {count(len(run.open), 'asset')} it is not known whether they were written." if run.open else ""
    return f"{known} {unknown}".strip() or "Nothing was written."


def _left_behind(runs: list[Run], plan: Plan) -> dict[str, list[str]]:
    """Where the last run did not end well, by kind and name: what it had written, and what any may have."""
    if not runs or not (last := runs[-1]).error:
        return {}
    names = {str(change.key): f"{change.key.kind} “{name(change.name)}”" for change in plan.changes}
    still_open = dict.fromkeys(key for run in runs for key in run.open)
    found = {
        "Written by the last run before it failed": [] if last.result else last.written,
        "Not known whether written": still_open,
    }
    return {heading: [names.get(key, key) for key in keys] for heading, keys in found.items() if keys}


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _advice(migration: Migration) -> str:
    """What can be done next, where that is not obvious."""
    status = status_of(migration)
    if status is Status.PLANNED:
        return ": ".join(_next_step(migration))
    if status in (Status.SUBMITTED, Status.APPROVED) and (approvals := approvals_of(migration)).expired:
        expired = f"Its approval expired on {approvals.expires:%Y-%m-%d %H:%M} UTC."
        return f"{expired} To plan it anew: manage.py migration replan {migration.pk}"
    if status in (Status.SUBMITTED, Status.APPROVED) and approvals.lacking:
        told = f"{approvals.explanation}. " if approvals.fallen else ""
        return (
            f"{told}It waits for {count(approvals.lacking, 'approval')} of others, who give it in the admin or the API."
        )
    if status is Status.APPROVED:
        return f"To apply it: manage.py migration apply {migration.pk} --yes"
    if status in (Status.DRAFT, Status.REJECTED):
        return f"To plan it anew: manage.py migration replan {migration.pk}"
    return _advice_after_failure(migration) if status in (Status.FAILED, Status.INTERRUPTED) else ""


def _advice_after_failure(migration: Migration) -> str:
    number, last = migration.pk, latest_run(migration)
    undo = f"manage.py migration rollback {number} --yes"
    if last and last.state == RunState.OPEN:
        return f"Should the open request arrive after all: {undo}. Lockstep looks by itself, too."
    if left_on_target(migration):
        return (
            f"To undo what was written: {undo}. "
            "To send what remains: plan again; the new plan holds only the difference."
        )
    if last and last.error and last.error["kind"] == PlanStale.kind:
        return f"To plan it anew: manage.py migration replan {number}"
    return f"To apply it again: manage.py migration apply {number} --yes"
