# [DEF:superset.ownership:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether the account of a target may change and remove what a run is to.
# @RELATION DEPENDS_ON -> superset.attachments
"""Superset lets an administrator and an owner overwrite, change and delete an asset, and nobody else (source: 6.1.0,
security/manager.py: raise_for_ownership; commands/*/importers/v1/utils.py). Administrators are asked nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apps.superset.assets import Asset, Key
from apps.superset.attachments import read_owners
from apps.superset.guards import Refusal
from apps.superset.inventory import Inventory
from apps.superset.plan import Note
from apps.superset.protocol import Client


def not_owned(target: Client, inventory: Inventory, overwritten: Iterable[Asset]) -> tuple[Note, ...]:
    """A warning in the plan, not a refusal: a Superset may name its role of administrators otherwise."""
    keys = {asset.key: str(asset) for asset in overwritten}
    names = tuple(sorted(keys[key] for key in strangers(target, inventory, keys)))
    text = (
        f"The account of {target.environment} neither owns these nor is an administrator there: Superset refuses to "
        "overwrite them, and then nothing is written."
    )
    return (Note("not_owned", text, names),) if names else ()


def not_removable(target: Client, inventory: Inventory, doomed: Iterable[Key]) -> Iterator[Refusal]:
    """Deletions of one kind go all or none: one of these would leave the removal half done."""
    for key in strangers(target, inventory, doomed):
        entry = inventory.entries[key]
        yield Refusal(
            "not_owned",
            entry.name,
            f"{key.kind} “{entry.name}” is to be removed, and the account neither owns it nor is an administrator: "
            "have its owners add the account, or use an administrator's",
            {"key": str(key)},
        )


def foreign(target: Client, inventory: Inventory, keys: Iterable[Key]) -> frozenset[Key]:
    """Those of the keys that are there and that the account does not own."""
    account = str(target.account().id)
    return frozenset(key for key, owners in read_owners(target, inventory, keys).items() if account not in owners)


def strangers(target: Client, inventory: Inventory, keys: Iterable[Key]) -> list[Key]:
    """Those of the keys that are there and that the account may not change."""
    account = target.account()
    if account.is_admin:
        return []
    owners = read_owners(target, inventory, keys)
    return [key for key, aspect in owners.items() if str(account.id) not in aspect]
