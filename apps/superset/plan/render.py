# [DEF:superset.plan.render:Module]
# @COMPLEXITY: 2
# @PURPOSE: Renders a plan for people, as text and as Markdown; programs use `Plan.to_json`.
# @RELATION CALLS -> superset.plan.beside

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice

from apps.contracts.plain_text import name, one_line
from apps.superset.assets import Kind
from apps.superset.messages.marking import Translate, unchanged
from apps.superset.messages.marking import gettext_noop as _
from apps.superset.plan.beside import ACCESS, BESIDE, access_lines, attachment_lines, text_lines, whole
from apps.superset.plan.plan import Action, Change, Note, Plan

HEADINGS = {
    Kind.DATABASE: _("Databases"),
    Kind.DATASET: _("Datasets"),
    Kind.CHART: _("Charts"),
    Kind.DASHBOARD: _("Dashboards"),
}
LOSSES, WARNINGS = _("Does not travel"), _("Warnings")
ACTIONS = {
    Action.CREATE: _("create"),
    Action.UPDATE: _("update"),
    Action.REMOVE: _("remove"),
    Action.ORPHAN: _("orphan"),
    Action.UNCHANGED: _("unchanged"),
}
COUNTS = (
    (Action.CREATE, _("{number} to create")),
    (Action.UPDATE, _("{number} to update")),
    (Action.REMOVE, _("{number} to remove")),
)
SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REMOVE: "-", Action.ORPHAN: "?", Action.UNCHANGED: "="}


def as_text(plan: Plan, translate: Translate = unchanged) -> str:
    """The plan in plain lines: changes first, the summary last."""
    title = translate(_("Plan: {title}")).format(title=_title(plan, translate))
    database = translate(_("database “{source}” → “{target}”"))
    lines = [title, ""]
    lines.extend(
        f"  {database.format(source=name(each.source_name), target=name(each.target_name))}" for each in plan.databases
    )
    for kind in reversed(Kind):
        lines.extend(_section(kind, [change for change in _shown_changes(plan) if change.key.kind is kind], translate))
    lines.extend(text_lines(translate(BESIDE), attachment_lines(plan, translate)))
    lines.extend(text_lines(translate(ACCESS), access_lines(plan, translate)))
    for heading, notes in ((LOSSES, plan.losses), (WARNINGS, plan.warnings)):
        lines.extend(_notes(translate(heading), notes, translate))
    checksum = translate(_("checksum {checksum}")).format(checksum=plan.checksum)
    return "\n".join([*lines, "", summary(plan, translate), checksum])


def summary(plan: Plan, translate: Translate = unchanged) -> str:
    """`Nothing to do: …` or `34 to create, 2 to update, 5 unchanged.`"""
    unchanged_ones = plan.count(Action.UNCHANGED)
    if not plan.pending:
        text = translate(_("Nothing to do: {number} assets are the same on {environment} already."))
        return text.format(number=unchanged_ones, environment=plan.target.environment)
    parts = [translate(text).format(number=plan.count(action)) for action, text in COUNTS if plan.count(action)]
    if plan.attachments:
        parts.append(translate(_("{number} to set beside")).format(number=len(plan.attachments)))
    parts.append(translate(_("{number} unchanged")).format(number=unchanged_ones))
    if orphans := plan.count(Action.ORPHAN):
        parts.append(translate(_("{number} on the target only (kept)")).format(number=orphans))
    return f"{', '.join(parts)}."


def as_markdown(plan: Plan, translate: Translate = unchanged, checksum: str = "") -> str:
    """The plan as a document to read, paste and review; every text from an asset is code or a quoted block. `checksum`
    is that of the plan where this one has secrets masked."""
    title = translate(_("Plan: {title}")).format(title=_title(plan, translate))
    digest = translate(_("Checksum {checksum}")).format(checksum=f"`{checksum or plan.checksum}`")
    database = translate(_("database {source} → {target}"))
    lines = [f"# {title}", "", summary(plan, translate), "", digest, ""]
    lines.extend(
        f"- {database.format(source=_code(each.source_name), target=_code(each.target_name))}"
        for each in plan.databases
    )
    for kind in reversed(Kind):
        if changes := [change for change in _shown_changes(plan) if change.key.kind is kind]:
            lines.extend(["", f"## {translate(HEADINGS[kind])}", ""])
            lines.extend(line for change in changes for line in _markdown(change, translate))
    for heading, found in ((BESIDE, attachment_lines(plan, translate)), (ACCESS, access_lines(plan, translate))):
        if found:
            lines.extend(["", f"## {translate(heading)}", "", *(f"- {_code(whole(line))}" for line in found)])
    for heading, notes in ((LOSSES, plan.losses), (WARNINGS, plan.warnings)):
        if notes:
            lines.extend(["", f"## {translate(heading)}", ""])
            lines.extend(_markdown_note(note, translate) for note in notes)
    return "\n".join(lines) + "\n"


def _markdown_note(note: Note, translate: Translate) -> str:
    return f"- {one_line(note.message.worded(translate))} {', '.join(map(_code, note.assets))}".rstrip()


def _title(plan: Plan, translate: Translate) -> str:
    source, target = plan.source, plan.target
    number = len(plan.dashboards)
    sides = one_line(f"{source.environment} ({source.release}) → {target.environment} ({target.release})")
    text = _("{sides}, {number} dashboard") if number == 1 else _("{sides}, {number} dashboards")
    return translate(text).format(sides=sides, number=number)


def _shown_changes(plan: Plan) -> list[Change]:
    """All assets that are not unchanged, by action and then by name."""
    changes = [change for change in plan.changes if change.action is not Action.UNCHANGED]
    return sorted(changes, key=lambda change: (list(SIGNS).index(change.action), change.name, change.key.uuid))


def _section(kind: Kind, changes: list[Change], translate: Translate) -> Iterator[str]:
    if changes:
        yield from ("", translate(HEADINGS[kind]))
        for change in changes:
            yield from _text(change, translate)


def _text(change: Change, translate: Translate) -> Iterator[str]:
    users = ", ".join(f"“{name(each)}”" for each in change.used_by)
    also = "   " + translate(_("also on: {users}")).format(users=users) if users else ""
    note = f"   {translate(_('no longer on these dashboards, kept'))}" if change.action is Action.ORPHAN else ""
    yield f"  {SIGNS[change.action]} {name(change.name)}{note}{also}"
    for difference in change.differences:
        yield f"      {difference.sentence(translate)}"
        yield from (f"        | {one_line(line)}" for line in difference.text.split("\n") if difference.text)


def _notes(heading: str, notes: tuple[Note, ...], translate: Translate) -> Iterator[str]:
    if notes:
        yield from ("", heading)
        for note in notes:
            yield f"  ! {one_line(note.message.worded(translate))}"
            yield from (f"      {line}" for line in asset_lines(note.assets, translate))


def asset_lines(names: Collection[str], translate: Translate = unchanged, limit: int = 5) -> list[str]:
    """In one line, or in a line each if they hold commas themselves, such as places with their values."""
    shown = [name(each) for each in islice(names, limit)]
    more = translate(_("and {more} more")).format(more=len(names) - limit) if len(names) > limit else ""
    if any(", " in each for each in shown):
        return [*shown, more] if more else shown
    return [f"{', '.join(shown)} {more}".rstrip()] if shown else []


def _markdown(change: Change, translate: Translate) -> Iterator[str]:
    users = ", ".join(map(_code, change.used_by))
    also = " (" + translate(_("also on {users}")).format(users=users) + ")" if users else ""
    yield f"- **{translate(ACTIONS[change.action])}** {_code(change.name)}{also}"
    for difference in change.differences:
        yield f"  - {_code(difference.sentence(translate))}"
        if difference.text:
            fence = "`" * max(3, 1 + _longest_run(difference.text))
            lines = (f"    {one_line(line)}" for line in difference.text.split("\n"))
            yield from ("", f"    {fence}diff", *lines, f"    {fence}", "")


def _code(text: str) -> str:
    """Text from a person as inline code, even if it contains backticks."""
    fence = "`" * (1 + _longest_run(text))
    pad = " " if len(fence) > 1 else ""
    return f"{fence}{pad}{name(text)}{pad}{fence}"


def _longest_run(text: str) -> int:
    """The longest run of backticks."""
    return max(map(len, re.findall("`+", text)), default=0)
