# [DEF:superset.plan.render:Module]
# @COMPLEXITY: 3
# @PURPOSE: Renders a plan for people, as text and as Markdown; programs use `Plan.to_json`.
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.contracts.plain_text import name, one_line
from apps.superset.assets import Kind
from apps.superset.plan.plan import Action, Change, Note, Plan

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REMOVE: "-", Action.ORPHAN: "?", Action.UNCHANGED: "="}


def as_text(plan: Plan) -> str:
    """The plan in plain lines, what is written first, the sum last."""
    lines = [f"Plan: {_title(plan)}", ""]
    lines.extend(f"  database “{name(each.source_name)}” → “{name(each.target_name)}”" for each in plan.databases)
    for kind in reversed(Kind):
        lines.extend(_section(kind, [change for change in _shown_changes(plan) if change.key.kind is kind]))
    for heading, notes in (("Does not travel", plan.losses), ("Warnings", plan.warnings)):
        lines.extend(_notes(heading, notes))
    return "\n".join([*lines, "", summary(plan), f"checksum {plan.checksum}"])


def summary(plan: Plan) -> str:
    """`Nothing to do: …` or `34 to create, 2 to update, 5 unchanged.`"""
    unchanged = plan.count(Action.UNCHANGED)
    if not plan.pending:
        return f"Nothing to do: {unchanged} assets are the same on {plan.target.environment} already."
    words = ((Action.CREATE, "to create"), (Action.UPDATE, "to update"), (Action.REMOVE, "to remove"))
    parts = [f"{plan.count(action)} {text}" for action, text in words if plan.count(action)]
    parts.append(f"{unchanged} unchanged")
    if orphans := plan.count(Action.ORPHAN):
        parts.append(f"{orphans} on the target only (kept)")
    return f"{', '.join(parts)}."


def as_markdown(plan: Plan) -> str:
    """The plan as a document to read, paste and review; every text of an asset is code or a quoted block."""
    lines = [f"# Plan: {_title(plan)}", "", summary(plan), "", f"Checksum `{plan.checksum}`", ""]
    lines.extend(f"- database {_code(each.source_name)} → {_code(each.target_name)}" for each in plan.databases)
    for kind in reversed(Kind):
        if changes := [change for change in _shown_changes(plan) if change.key.kind is kind]:
            lines.extend(["", f"## {kind.folder.capitalize()}", ""])
            lines.extend(line for change in changes for line in _markdown(change))
    for heading, notes in (("Does not travel", plan.losses), ("Warnings", plan.warnings)):
        if notes:
            lines.extend(["", f"## {heading}", ""])
            lines.extend(f"- {one_line(note.text)} {', '.join(map(_code, note.assets))}".rstrip() for note in notes)
    return "\n".join(lines) + "\n"


def _title(plan: Plan) -> str:
    source, target = plan.source, plan.target
    number = len(plan.dashboards)
    sides = f"{source.environment} ({source.release}) → {target.environment} ({target.release})"
    sides = one_line(sides)
    return f"{sides}, {number} dashboard{'s' if number != 1 else ''}"


def _shown_changes(plan: Plan) -> list[Change]:
    """Every change but the unchanged, by what happens and then by name."""
    changes = [change for change in plan.changes if change.action is not Action.UNCHANGED]
    return sorted(changes, key=lambda change: (list(SIGNS).index(change.action), change.name, change.key.uuid))


def _section(kind: Kind, changes: list[Change]) -> Iterator[str]:
    if changes:
        yield from ("", kind.folder.capitalize())
        for change in changes:
            yield from _text(change)


def _text(change: Change) -> Iterator[str]:
    also = f"   also on: {', '.join(f'“{name(each)}”' for each in change.used_by)}" if change.used_by else ""
    note = "   no longer on these dashboards, kept" if change.action is Action.ORPHAN else ""
    yield f"  {SIGNS[change.action]} {name(change.name)}{note}{also}"
    for difference in change.differences:
        yield f"      {difference.sentence()}"
        yield from (f"        | {one_line(line)}" for line in difference.text.split("\n") if difference.text)


def _notes(heading: str, notes: tuple[Note, ...]) -> Iterator[str]:
    if notes:
        yield from ("", heading)
        for note in notes:
            yield f"  ! {one_line(note.text)}"
            if note.assets:
                yield f"      {_shortened(note.assets)}"


def _shortened(names: tuple[str, ...], limit: int = 5) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(map(name, names[:limit])) + more


def _markdown(change: Change) -> Iterator[str]:
    also = f" (also on {', '.join(map(_code, change.used_by))})" if change.used_by else ""
    yield f"- **{change.action}** {_code(change.name)}{also}"
    for difference in change.differences:
        yield f"  - {_code(difference.sentence())}"
        if difference.text:
            fence = "`" * max(3, 1 + _longest_run(difference.text))
            lines = (f"    {one_line(line)}" for line in difference.text.split("\n"))
            yield from ("", f"    {fence}diff", *lines, f"    {fence}", "")


def _code(text: str) -> str:
    """Text of a person as inline code, whatever backticks it has."""
    fence = "`" * (1 + _longest_run(text))
    pad = " " if len(fence) > 1 else ""
    return f"{fence}{pad}{name(text)}{pad}{fence}"


def _longest_run(text: str) -> int:
    """How many backticks stand in a row."""
    return max(map(len, re.findall("`+", text)), default=0)
