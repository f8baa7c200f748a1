# [DEF:superset.checks.ownership:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether the target's account may change and remove the assets of a run.
# @RELATION DEPENDS_ON -> superset.remote.attachments
# @RELATION DEPENDS_ON -> superset.checks.rights
"""Superset lets an administrator and an owner overwrite, change and delete an asset, and nobody else (source: 6.1.0,
security/manager.py: raise_for_ownership; commands/*/importers/v1/utils.py). Administrators are not checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apps.superset.assets import Asset, Key
from apps.superset.checks.rights import whose
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message, some
from apps.superset.plan.plan import Plan
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Client
from apps.superset.remote.attachments import read_owners

NOT_OWNED = "not_owned"
ACKNOWLEDGE = "not-owned"
NAMED = 10
"""Maximum number of assets that the refusal names."""


def not_owned(target: Client, inventory: Inventory, overwritten: Iterable[Asset]) -> Iterator[Refusal]:
    """One refusal for all of them. It can be acknowledged, because a Superset may use another name for its
    administrator role, which no API shows."""
    keys = {asset.key: str(asset) for asset in overwritten}
    names = sorted(keys[key] for key in strangers(target, inventory, keys))
    if not names:
        return
    facts = {"account": whose(target.account(), target), "assets": some(names, NAMED)}
    message = Message("refusal.not_owned", role=target.profile.permissions.admin_role, **facts)
    yield Refusal(NOT_OWNED, names[0], message, {"assets": names}, acknowledge=ACKNOWLEDGE)


def warned_of_owners(plan: Plan) -> bool:
    """Whether the approver of a plan has read that the account may not be able to carry it out."""
    return any(note.kind == NOT_OWNED for note in plan.warnings)


def not_removable(target: Client, inventory: Inventory, doomed: Iterable[Key]) -> Iterator[Refusal]:
    """Assets of one kind are deleted all or none: one of these would leave the removal half done."""
    for key in strangers(target, inventory, doomed):
        entry = inventory.entries[key]
        message = Message("refusal.not_owned.removal", asset=f"{key.kind} “{entry.name}”")
        yield Refusal("not_owned", entry.name, message, {"key": str(key)})


def foreign(target: Client, inventory: Inventory, keys: Iterable[Key]) -> frozenset[Key]:
    """The keys of existing assets that the account does not own."""
    account = str(target.account().id)
    return frozenset(key for key, owners in read_owners(target, inventory, keys).items() if account not in owners)


def strangers(target: Client, inventory: Inventory, keys: Iterable[Key]) -> list[Key]:
    """The keys of existing assets that the account may not change."""
    account = target.account()
    if account.is_admin:
        return []
    owners = read_owners(target, inventory, keys)
    return [key for key, aspect in owners.items() if str(account.id) not in aspect]
