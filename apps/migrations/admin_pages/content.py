# [DEF:migrations.admin_pages.content:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the page of a migration shows: its facts, the changes of its plan, and its runs.
# @RELATION CALLS -> core.admin
# @RELATION CALLS -> migrations.approvals
# @RELATION CALLS -> tasks.admin_pages.content
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION CALLS -> superset.plan.beside
# @RELATION CALLS -> superset.view.concerns

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Text, address
from apps.migrations import messages as texts
from apps.migrations.admin_pages.links import Link
from apps.migrations.approvals import approvals_of
from apps.migrations.liveness import error_of, state_of
from apps.migrations.models import HumanState, Migration, PlanRecord, Run
from apps.migrations.policies.failures import failed_run
from apps.migrations.review.outcome import attached_lines
from apps.superset.assets import Key, Kind
from apps.superset.plan.beside import access_lines, attachment_lines, whole
from apps.superset.plan.plan import Action, Change, Plan
from apps.superset.plan.render import SIGNS, asset_lines
from apps.superset.view.concerns import labelled
from apps.tasks.admin_pages.content import duration
from apps.tasks.admin_pages.dismissal import dismissed_fact

MEANINGS = {
    Action.CREATE: _("created"),
    Action.UPDATE: _("updated"),
    Action.REMOVE: _("removed"),
    Action.ORPHAN: _("only on the target, kept"),
}

KINDS = {
    Kind.DASHBOARD: _("Dashboards"),
    Kind.CHART: _("Charts"),
    Kind.DATASET: _("Datasets"),
    Kind.DATABASE: _("Databases"),
}

RUN_LABELS = {
    "running": "primary", "succeeded": "success", "failed": "danger", "interrupted": "danger", "open": "warning",
}  # fmt: skip


def facts_of(migration: Migration, record: PlanRecord | None) -> list[tuple[Text, Any]]:
    link = '<a href="{}">{}</a>'
    task = migration.task
    return [
        (_("From"), format_html(link, address(migration.source), migration.source)),
        (_("To"), format_html(link, address(migration.target), migration.target)),
        (_("Planned by"), str(migration.author)),
        (_("Created"), f"{migration.created:%Y-%m-%d %H:%M:%S} UTC"),
        (_("Planned in"), format_html(link, address(task), texts.TASK.format(number=task.pk)) if task else ""),
        (_("Approvals"), _approvals(migration)),
        (_("Failure dismissed"), dismissed_fact(failed_run(migration))),
        (_("Checksum"), format_html("<code>{}</code>", record.checksum) if record else ""),
    ]


def _approvals(migration: Migration) -> str:
    if migration.state not in (HumanState.SUBMITTED, HumanState.APPROVED):
        return ""
    found = approvals_of(migration)
    if not found.needed:
        return str(texts.UNPROTECTED)
    if found.expired:
        return texts.EXPIRED_ON.format(at=f"{found.expires:%Y-%m-%d %H:%M}")
    given = found.explanation or texts.GIVEN_OF.format(given=len(found.given), needed=found.needed)
    return texts.GIVEN_UNTIL.format(given=given, at=f"{found.expires:%Y-%m-%d %H:%M}") if found.expires else given


def legend(changes: Iterable[Change]) -> list[tuple[str, Text]]:
    """The signs on the page, with what each means."""
    there = {change.action for change in changes}
    return [(SIGNS[action], meaning) for action, meaning in MEANINGS.items() if action in there]


def elsewhere(changes: Iterable[Change]) -> list[tuple[str, list[str]]]:
    """Dashboards outside the plan, each with the assets it shows that the plan changes."""
    found: dict[str, list[str]] = {}
    for change in changes:
        for dashboard in change.used_by if change.action.writes else ():
            found.setdefault(dashboard, []).append(f"{change.key.kind} “{change.name}”")
    return sorted(found.items())


def cautions(plan: Plan) -> list[tuple[Text, Sequence[tuple[str, Iterable[str]]]]]:
    """What to know before a decision, by heading: each with the assets that it is about."""
    others = [_caution(texts.USES_CHANGED.format(dashboard=each), assets) for each, assets in elsewhere(plan.changes)]
    found: tuple[tuple[Text, Sequence[tuple[str, Iterable[str]]]], ...] = (
        (_("Does not travel"), [_caution(note.message.worded(gettext), note.assets) for note in plan.losses]),
        (_("Beside the documents"), [_caution(whole(line), ()) for line in attachment_lines(plan, gettext)]),
        (_("Who can see it"), [_caution(whole(line), ()) for line in access_lines(plan, gettext)]),
        (_("Also used elsewhere"), others),
        (_("Warnings"), [_caution(note.message.worded(gettext), note.assets) for note in plan.warnings]),
    )
    return [(title, notes) for title, notes in found if notes]


def _caution(sentence: str, assets: Collection[str]) -> tuple[str, list[str]]:
    """Assets are called by kind and name."""
    return sentence, asset_lines([labelled(each, gettext) for each in assets], gettext, limit=len(assets))


def unchanged(plan: Plan) -> list[str]:
    found = plan.with_action(Action.UNCHANGED)
    return [labelled(f"{change.key.kind} “{change.name}”", gettext) for change in found]


def diff_lines(text: str) -> list[tuple[str, str]]:
    """The lines of a unified diff, each with its style. Its sign stays: colour alone tells nothing to everybody."""
    styles = {"+": "ls-added", "-": "ls-removed", "@": "ls-quiet"}
    return [(styles.get(line[:1], ""), line) for line in text.split("\n")] if text else []


def sections(changes: Iterable[Change], links: Mapping[Key, Iterable[Link]]) -> list[dict[str, Any]]:
    """By kind, what people look for first on top; in each by what happens, then by name."""
    shown = [change for change in changes if change.action is not Action.UNCHANGED]
    order = list(SIGNS)
    sections = []
    for kind in reversed(Kind):
        group = [change for change in shown if change.key.kind is kind]
        group.sort(key=lambda change: (order.index(change.action), change.name, change.key.uuid))
        if group:
            rows = [_change(change, links.get(change.key, ())) for change in group]
            sections.append({"title": KINDS[kind], "rows": rows})
    return sections


def _change(change: Change, links: Iterable[Link]) -> dict[str, Any]:
    differences = [(each.sentence(gettext), diff_lines(each.text)) for each in change.differences]
    return {"change": change, "sign": SIGNS[change.action], "differences": differences, "links": list(links)}


def run_of(run: Run, plan: Plan | None) -> dict[str, Any]:
    names = {str(change.key): f"{change.key.kind} “{change.name}”" for change in plan.changes} if plan else {}
    written = run.written
    return {
        "run": run,
        "state": state_of(run).value,
        "label": RUN_LABELS[state_of(run).value],
        "took": duration(run.finished - run.started) if run.finished else "",
        "task": run.task,
        "sentence": (error_of(run) or {}).get("sentence", ""),
        "written": [names.get(key, key) for key in written],
        "removed_only": bool(run.result and run.result["removed"] and not run.result["written"]),
        "open": [names.get(key, key) for key in run.open],
        "attached": [whole(line) for line in attached_lines(run, plan)] if plan else [],
        "result": run.result,
    }
