# [DEF:superset.view.tree:Module]
# @COMPLEXITY: 2
# @PURPOSE: The changes of a plan as a tree from its dashboards downwards, without what stays as it is unless asked for.

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from apps.superset.assets import Key
from apps.superset.messages.marking import Translate, unchanged
from apps.superset.messages.marking import gettext_noop as _
from apps.superset.plan.plan import Action, Change, Plan
from apps.superset.plan.render import summary

Edges = Callable[[Key], tuple[Key, ...]]


@dataclass(frozen=True, slots=True)
class Node:
    """`depends_on` are nodes of the same tree: where unchanged assets are left out, what is below them moves up.
    `unchanged_below` counts the assets that were left out below it."""

    change: Change
    depends_on: tuple[Key, ...]
    unchanged_below: int


def tree(plan: Plan, edges: Edges, *, unchanged: bool = False) -> tuple[Node, ...]:
    """Dashboards first, then by kind and name; `edges` gives what an asset is made of. The plan's own dashboards are
    always there: something below them may change."""
    changes = {change.key: change for change in plan.changes}
    roots = set(plan.dashboards)
    shown = {key: unchanged or key in roots or change.action is not Action.UNCHANGED for key, change in changes.items()}

    def below(key: Key) -> list[Key]:
        return [each for each in edges(key) if each in changes]

    def left_out(key: Key) -> int:
        reached = _reached(key, below)
        return sum(not shown[each] for each in reached)

    def lifted(key: Key) -> tuple[Key, ...]:
        reached = _reached(key, lambda each: [] if shown[each] and each != key else below(each))
        return tuple(each for each in reached if shown[each])

    ordered = sorted(plan.changes, key=lambda change: (-change.key.kind.rank, change.name, change.key.uuid))
    return tuple(Node(each, lifted(each.key), left_out(each.key)) for each in ordered if shown[each.key])


def _reached(key: Key, below: Callable[[Key], Iterable[Key]]) -> list[Key]:
    """All that is reached from there, without itself; dashboards may link to each other."""
    found: dict[Key, None] = {}
    waiting = [key]
    while waiting:
        for each in below(waiting.pop()):
            if each != key and each not in found:
                found[each] = None
                waiting.append(each)
    return list(found)


def in_one_sentence(plan: Plan, translate: Translate = unchanged) -> str:
    """`8 dashboards from dev to prod: 44 of 132 assets will be written.`"""
    if not plan.pending:
        return summary(plan, translate)
    one = len(plan.dashboards) == 1
    text = (
        _("{number} dashboard from {source} to {target}: {written} of {total} assets will be written.")
        if one
        else _("{number} dashboards from {source} to {target}: {written} of {total} assets will be written.")
    )
    if plan.attachments:
        beside = translate(_("{number} settings beside the documents are changed.")).format(
            number=len(plan.attachments)
        )
        return f"{_written(plan, text, translate)} {beside}"
    return _written(plan, text, translate)


def _written(plan: Plan, text: str, translate: Translate) -> str:
    counted = [change for change in plan.changes if change.action is not Action.ORPHAN]
    return translate(text).format(
        number=len(plan.dashboards),
        source=plan.source.environment,
        target=plan.target.environment,
        written=len(plan.written),
        total=len(counted),
    )
