# [DEF:superset.execution.preflight:Module]
# @COMPLEXITY: 3
# @PURPOSE: Compares the target with the plan before a run writes: as expected, already done, or changed by others; and
#   checks what the account may do.
# @RELATION DEPENDS_ON -> superset.execution.stages
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION CALLS -> superset.execution.readback
# @RELATION CALLS -> superset.execution.membership
# @RELATION CALLS -> superset.execution.companions
# @RELATION CALLS -> superset.checks.ownership
# @RELATION CALLS -> superset.checks.rights
# @RELATION CALLS -> superset.checks.usage
# @RELATION CALLS -> superset.planning.takeovers

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind, counted
from apps.superset.checks.ownership import not_owned
from apps.superset.checks.rights import not_writable
from apps.superset.checks.usage import unlinked
from apps.superset.content.comparable import hash_of
from apps.superset.errors import OutcomeOpen, PlanStale, SupersetError, UndoBlocked
from apps.superset.execution.companions import without_foundation
from apps.superset.execution.membership import leaving
from apps.superset.execution.readback import hashes
from apps.superset.execution.stages import Preflight, unlinks
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message, verbatim
from apps.superset.plan.refusal import Refusal
from apps.superset.plan.slugs import hashes_without
from apps.superset.planning.refusals import missing_databases
from apps.superset.planning.takeovers import hidden, takeovers
from apps.superset.protocol import Client
from apps.superset.references.graph import closure
from apps.superset.releases.base import Release
from apps.superset.remote.exports import Exported


@dataclass(frozen=True, slots=True)
class State:
    """The assets of a plan by their state on the target: `done` are already as wanted, `changed` are neither that nor
    as expected."""

    done: frozenset[Key]
    changed: tuple[Key, ...]


def state_of(step: Preflight, found: Exported, inventory: Inventory) -> State:
    """A dashboard that lacks links to charts of its layout is not done: a run may have stopped after it unlinked them,
    and an import adds them."""
    done, changed = set(), []
    for key, expected in step.expected.items():
        asset, wanted = found.symbolic.get(key), step.wanted[key]
        known = hashes(key, found, inventory) | hashes_without(asset, step.slugs)
        if wanted != expected and wanted in known and not (found.is_unfinished(key) or _lacks_links(asset, inventory)):
            done.add(key)
        elif not (known | _if_published(key, step, asset)) & {expected, wanted, step.drafts.get(key, expected)}:
            changed.append(key)
    return State(frozenset(done), tuple(changed))


def _if_published(key: Key, step: Preflight, asset: Asset | None) -> frozenset[str]:
    """Of a dashboard that an interrupted run may have made a draft before it sent it, perhaps without its slug."""
    if asset is None or key not in step.drafts:
        return frozenset()
    shown = asset.with_document({**asset.document, "published": True})
    return frozenset({hash_of(shown), *hashes_without(shown, step.slugs)})


def as_sent(keys: Collection[Key], step: Preflight, found: Exported, inventory: Inventory) -> list[Key]:
    """Those whose import may have arrived. Of a dashboard that was only hidden before it was sent, it has not."""
    return [
        key
        for key, expected in step.expected.items()
        if key in keys and {expected, step.drafts.get(key, expected)} & hashes(key, found, inventory)
    ]


def _lacks_links(asset: Asset | None, inventory: Inventory) -> bool:
    return asset is not None and asset.kind is Kind.DASHBOARD and bool(unlinked(asset, inventory))


def standing_on(keys: Iterable[Key], found: Exported) -> frozenset[Key]:
    """These and everything they depend on."""
    keys = tuple(keys)
    return frozenset({*keys, *closure(found.symbolic, keys).keys})


def changed_facts(
    keys: Collection[Key], names: Mapping[Key, str], target: Client, inventory: Inventory, found: Exported
) -> list[dict[str, Any]]:
    """For each: what it is, who changed it and when, if the target shows it, and whether it can be read."""
    rows = {kind: _newest(target, kind) for kind in {key.kind for key in keys if key in inventory}}
    return [
        {
            "key": str(key),
            "name": f"{key.kind} “{names.get(key, key.uuid)}”",
            **_change(inventory.id_of(key), rows.get(key.kind, {})),
            **({"unreadable": found.unreadable[key].detail} if key in found.unreadable else {}),
        }
        for key in keys
    ]


def _newest(target: Client, kind: Kind) -> dict[int, Mapping[str, Any]]:
    """The hundred most recently changed, by number; reading a single chart does not show who changed it (6.1.0,
    seen)."""
    try:
        rows, _ = target.list_newest(kind.value, target.profile.columns.editors, page=0)
    except SupersetError:  # the refusal contains what is known
        return {}
    return {row["id"]: row for row in rows}


def _change(asset_id: int | None, rows: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    if asset_id is None:
        return {"reason": "removed"}
    row = rows.get(asset_id, {})
    return {"reason": "changed", "changed_by": _person(row.get("changed_by")), "changed_on": _moment(row)}


def _person(who: Any) -> str:
    who = who if isinstance(who, Mapping) else {}
    return one_line(" ".join(str(who[part]) for part in ("first_name", "last_name") if who.get(part)))


def _moment(row: Mapping[str, Any]) -> str:
    """`2026-11-29T02:22:16.537250+0000` as people write it."""
    text = one_line(str(row.get("changed_on_utc") or ""))
    return f"{text[:10]} {text[11:16]} UTC" if text else ""


def forbidden(
    step: Preflight, pending: Iterable[Key], desired: Bundle, target: Client, inventory: Inventory, *, excused: bool
) -> Iterator[Refusal]:
    """What the account lacks for the rest of a run: seeing what it would collide with, writing these kinds, overwriting
    assets and unlinking charts it does not own. `excused`: the plan warned about the last, and it is tried anyway."""
    changing = [key for key in pending if step.expected[key] != step.wanted[key]]
    sent = [asset for key in changing if (asset := desired.get(key))]
    yield from hidden((asset for asset in sent if asset.key not in inventory), target)
    yield from not_writable(target, {key.kind for key in changing})
    if not excused:
        yield from not_owned(target, inventory, [*sent, *_unlinked(sent, inventory, target.profile)])


def _unlinked(sent: Iterable[Asset], inventory: Inventory, release: Release) -> list[Asset]:
    """The charts that a run has to unlink."""
    dashboards = [asset for asset in sent if unlinks(asset, release)]
    charts = {chart.key: chart for _, chart in leaving(dashboards, inventory)}
    return [Asset(key, chart.name, {}) for key, chart in charts.items()]


def conflicts(sent: Bundle, inventory: Inventory, release: Release, freed: Collection[Key]) -> list[str]:
    """What the imports of a run would take over, and what they would lack; `freed` give up their slugs first."""
    found = (
        *takeovers(sent, inventory, freed=freed),
        *missing_databases(sent, inventory),
        *without_foundation(sent, inventory, release),
    )
    return [refusal.text for refusal in found]


def refuse_stale(found: list[str], target: Client) -> None:
    if found:
        raise PlanStale(
            Message("error.plan_stale", changes="; ".join(found)),
            environment=target.environment,
            context={"assets": found},
        )


def refuse_open(keys: Collection[Key], target: Client) -> None:
    if keys:
        raise OutcomeOpen(
            Message("error.outcome_open", assets=counted(set(keys))),
            environment=target.environment,
        )


def undo_blocked(facts: list[dict[str, Any]], target: Client) -> UndoBlocked:
    return UndoBlocked(
        Message("error.undo_blocked", changes=tuple(_sentence(each) for each in facts)),
        environment=target.environment,
        context={"assets": facts},
    )


def _sentence(facts: Mapping[str, Any]) -> Message:
    if facts["reason"] == "removed":
        return Message("error.removed", asset=facts["name"])
    who, when, unreadable = (facts.get(name, "") for name in ("changed_by", "changed_on", "unreadable"))
    return Message(
        "error.changed",
        asset=facts["name"],
        by=Message("error.changed.by", who=who) if who else verbatim(""),
        on=Message("error.changed.on", when=when) if when else verbatim(""),
        unreadable=Message("error.changed.unreadable", detail=unreadable) if unreadable else verbatim(""),
    )
