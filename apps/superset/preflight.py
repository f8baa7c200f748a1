# [DEF:superset.preflight:Module]
# @COMPLEXITY: 3
# @PURPOSE: What of a target is as expected, what is already as wanted, and what somebody else made of it.
# @RELATION DEPENDS_ON -> superset.stages
# @RELATION CALLS -> superset.readback

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Key
from apps.superset.errors import PlanStale, PlanUnsafe, SupersetError, UndoBlocked
from apps.superset.graph import closure
from apps.superset.guards import Refusal
from apps.superset.inventory import Inventory
from apps.superset.protocol import Client
from apps.superset.readback import hashes
from apps.superset.reading import Reading
from apps.superset.stages import Preflight

NAMED = 10
"""Of so many assets it is looked up who changed them."""


@dataclass(frozen=True, slots=True)
class State:
    """The assets of a plan by what the target has: `done` have become what is wanted, `changed` are neither that nor as
    expected."""

    done: frozenset[Key]
    changed: tuple[Key, ...]


def state_of(step: Preflight, found: Reading, inventory: Inventory) -> State:
    done, changed = set(), []
    for key, expected in step.expected.items():
        known, wanted = hashes(key, found, inventory), step.wanted[key]
        if wanted != expected and wanted in known and key not in found.unfinished:
            done.add(key)
        elif not known & {expected, wanted}:
            changed.append(key)
    return State(frozenset(done), tuple(changed))


def standing_on(keys: Iterable[Key], found: Reading) -> frozenset[Key]:
    """These, and all that they need in order to work."""
    keys = tuple(keys)
    return frozenset({*keys, *closure(found.symbolic, keys).keys})


def changed_facts(
    keys: Iterable[Key], names: Mapping[Key, str], target: Client, inventory: Inventory, found: Reading
) -> list[dict[str, Any]]:
    """Of each: what it is, and who changed it when, as far as the target tells; whether it can be read at all."""
    return [
        {
            "key": str(key),
            "name": f"{key.kind} “{names.get(key, key.uuid)}”",
            **_change(key, target, inventory, number),
            **({"unreadable": found.unreadable[key].detail} if key in found.unreadable else {}),
        }
        for number, key in enumerate(keys)
    ]


def _change(key: Key, target: Client, inventory: Inventory, number: int) -> dict[str, Any]:
    asset_id = inventory.id_of(key)
    if asset_id is None:
        return {"reason": "removed"}
    try:
        row = target.get(key.kind, asset_id) if number < NAMED else {}
    except SupersetError:  # the refusal tells what it can
        row = {}
    return {"reason": "changed", "changed_by": _person(row), "changed_on": _moment(row)}


def _person(row: Mapping[str, Any]) -> str:
    who = row.get("changed_by")
    if not isinstance(who, Mapping):
        return str(row.get("changed_by_name") or "")
    return " ".join(str(who[part]) for part in ("first_name", "last_name") if who.get(part))


def _moment(row: Mapping[str, Any]) -> str:
    return str(row.get("changed_on_utc") or row.get("changed_on") or row.get("changed_on_delta_humanized") or "")


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


def undo_blocked(facts: list[dict[str, Any]], target: Client) -> UndoBlocked:
    told = "; ".join(_sentence(each) for each in facts)
    return UndoBlocked(
        f"nothing was undone, because the target is not as the run left it: {told}",
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
