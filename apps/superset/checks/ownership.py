# [DEF:superset.checks.ownership:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether the account of a target may change and remove what a run is to.
# @RELATION DEPENDS_ON -> superset.remote.attachments
# @RELATION DEPENDS_ON -> superset.checks.rights
"""Superset lets an administrator and an owner overwrite, change and delete an asset, and nobody else (source: 6.1.0,
security/manager.py: raise_for_ownership; commands/*/importers/v1/utils.py). Administrators are asked nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apps.superset.assets import Asset, Key
from apps.superset.checks.rights import whose
from apps.superset.inventory import Inventory
from apps.superset.plan.plan import Plan
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Client
from apps.superset.remote.attachments import read_owners

NOT_OWNED = "not_owned"
ACKNOWLEDGE = "not-owned"
NAMED = 10
"""Assets that the refusal names."""


def not_owned(target: Client, inventory: Inventory, overwritten: Iterable[Asset]) -> Iterator[Refusal]:
    """One refusal for all of them. A person may let it pass, for a Superset may name its role of administrators
    otherwise, which no API tells."""
    keys = {asset.key: str(asset) for asset in overwritten}
    names = sorted(keys[key] for key in strangers(target, inventory, keys))
    if not names:
        return
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    role = target.profile.permissions.admin_role
    text = (
        f"{whose(target.account(), target)} neither owns {', '.join(names[:NAMED])}{more} nor has the role "
        f"{role}, and Superset lets nobody else overwrite them: have their owners add the account, or use an "
        "administrator's; acknowledged by name, it is tried all the same, for a Superset whose administrators have "
        "a role of another name"
    )
    yield Refusal(NOT_OWNED, names[0], text, {"assets": names}, acknowledge=ACKNOWLEDGE)


def warned_of_owners(plan: Plan) -> bool:
    """Whether whoever approved a plan has read that the account may not be able to carry it out."""
    return any(note.kind == NOT_OWNED for note in plan.warnings)


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
