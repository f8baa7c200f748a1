# [DEF:superset.execution.preflight:Module]
# @COMPLEXITY: 3
# @PURPOSE: What of a target is as expected, what is already as wanted, what somebody else made of it, and what the
#   account may not do there.
# @RELATION DEPENDS_ON -> superset.execution.stages
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION CALLS -> superset.execution.readback
# @RELATION CALLS -> superset.checks.ownership
# @RELATION CALLS -> superset.checks.rights
# @RELATION CALLS -> superset.planning.takeovers

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Bundle, Key, Kind, counted
from apps.superset.checks.ownership import not_owned
from apps.superset.checks.rights import not_writable
from apps.superset.errors import OutcomeOpen, PlanStale, PlanUnsafe, SupersetError, UndoBlocked
from apps.superset.execution.readback import hashes
from apps.superset.execution.stages import Preflight
from apps.superset.inventory import Inventory
from apps.superset.plan.refusal import Refusal
from apps.superset.plan.slugs import hashes_without
from apps.superset.planning.takeovers import hidden
from apps.superset.protocol import Client
from apps.superset.references.graph import closure
from apps.superset.remote.exports import Exported


@dataclass(frozen=True, slots=True)
class State:
    """The assets of a plan by what the target has: `done` have become what is wanted, `changed` are neither that nor as
    expected."""

    done: frozenset[Key]
    changed: tuple[Key, ...]


def state_of(step: Preflight, found: Exported, inventory: Inventory) -> State:
    done, changed = set(), []
    for key, expected in step.expected.items():
        asset, wanted = found.symbolic.get(key), step.wanted[key]
        known = hashes(key, found, inventory) | hashes_without(asset, step.slugs)
        if wanted != expected and wanted in known and not found.is_unfinished(key):
            done.add(key)
        elif not known & {expected, wanted}:
            changed.append(key)
    return State(frozenset(done), tuple(changed))


def standing_on(keys: Iterable[Key], found: Exported) -> frozenset[Key]:
    """These, and all that they need in order to work."""
    keys = tuple(keys)
    return frozenset({*keys, *closure(found.symbolic, keys).keys})


def changed_facts(
    keys: Collection[Key], names: Mapping[Key, str], target: Client, inventory: Inventory, found: Exported
) -> list[dict[str, Any]]:
    """Of each: what it is, and who changed it when, as far as the target tells; whether it can be read at all."""
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
    """The hundred that were changed last, by number; a single read of a chart does not tell by whom (6.1.0, seen)."""
    try:
        rows, _ = target.list_newest(kind.value, target.profile.columns.editors, page=0)
    except SupersetError:  # the refusal tells what it can
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
    """What the account must not or may not do of what a run still has to: see what it would meet, write these kinds,
    overwrite what is not its own. `excused`: the plan told of the last, and it is to be tried."""
    changing = [key for key in pending if step.expected[key] != step.wanted[key]]
    sent = [asset for key in changing if (asset := desired.get(key))]
    yield from hidden((asset for asset in sent if asset.key not in inventory), target)
    yield from not_writable(target, {key.kind for key in changing})
    if not excused:
        yield from not_owned(target, inventory, sent)


def refuse(refusals: Iterable[Refusal], target: Client) -> None:
    """Raise all of them at once."""
    if reasons := list(refusals):
        raise PlanUnsafe(
            "; ".join(refusal.text for refusal in reasons),
            environment=target.environment,
            context={"reasons": [refusal.to_json() for refusal in reasons]},
        )


def refuse_stale(found: list[str], target: Client) -> None:
    if found:
        raise PlanStale(
            "the target is not what it was when the plan was made: " + "; ".join(found),
            environment=target.environment,
            context={"assets": found},
        )


def refuse_open(keys: Collection[Key], target: Client) -> None:
    if keys:
        raise OutcomeOpen(
            f"an earlier request about {counted(set(keys))} was never answered, and may still be carried out: "
            "nothing is sent meanwhile",
            environment=target.environment,
        )


def undo_blocked(facts: list[dict[str, Any]], target: Client) -> UndoBlocked:
    changes = "; ".join(_sentence(each) for each in facts)
    return UndoBlocked(
        f"nothing was undone, because the target is not as the run left it: {changes}",
        environment=target.environment,
        context={"assets": facts},
    )


def _sentence(facts: Mapping[str, Any]) -> str:
    if facts["reason"] == "removed":
        return f"{facts['name']} was removed"
    by = f" by {facts['changed_by']}" if facts.get("changed_by") else ""
    on = f" ({facts['changed_on']})" if facts.get("changed_on") else ""
    unreadable = f", and cannot be exported any more: {facts['unreadable']}" if "unreadable" in facts else ""
    return f"{facts['name']} was changed{by}{on}{unreadable}"
