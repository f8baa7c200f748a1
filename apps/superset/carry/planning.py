# [DEF:superset.carry.planning:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a plan sets on the target beside the documents: that of the source, mapped, and what cannot be mapped.
# @RELATION CALLS -> superset.carry.holdings
# @RELATION DEPENDS_ON -> superset.carry.counterparts
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> contracts.plain_text
"""The target gets exactly what the source has, as far as it has a counterpart. A source without owners, roles or rules
changes nothing: a migration takes no restriction away and leaves no asset without an owner.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, objects
from apps.superset.carry.counterparts import Counterparts, is_custom
from apps.superset.carry.holdings import Holdings, in_order, read_holdings
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Attachment, Item, Items
from apps.superset.plan.plan import Note, first
from apps.superset.protocol import Client

UNMAPPED = {Aspect.OWNERS: "owners_unmapped", Aspect.ROLES: "roles_unmapped"}


class AssetPlanning:
    """Owners, roles and tags of the desired assets. `sources` maps paired assets to their key on the source."""

    def __init__(
        self, desired: Bundle, sources: Mapping[Key, Key], here: Inventory, target: Client, parts: Counterparts
    ) -> None:
        self.desired, self.sources, self.here, self.target, self.parts = desired, sources, here, target, parts
        self.left_out: dict[Aspect, list[str]] = defaultdict(list)

    def plan(self, there: Inventory) -> tuple[tuple[Attachment, ...], tuple[Note, ...]]:
        carry = self.parts.carry
        held = read_holdings(self.target, there, self.desired.assets, carry, self.parts.there) if carry else {}
        found = tuple(each for asset in self.desired for each in self._of(asset, held))
        notes = tuple(Note.of(UNMAPPED[aspect], first(lines)) for aspect, lines in self.left_out.items())
        return found, notes

    def _of(self, asset: Asset, held: Holdings) -> Iterator[Attachment]:
        entry = self.here.get(self.sources.get(asset.key, asset.key))
        for aspect in (Aspect.TAGS, Aspect.OWNERS, Aspect.ROLES):
            if entry is None or aspect not in self.parts.carry or asset.kind not in aspect.kinds:
                continue
            before = held.get(asset.key, {}).get(aspect, ())
            after = self._wanted(asset, aspect, entry.row, before)
            if _identity(before) != _identity(after):
                yield Attachment(asset.key, aspect, asset.name, before, after)

    def _wanted(self, asset: Asset, aspect: Aspect, row: Mapping[str, Any], before: Items) -> Items:
        match aspect:
            case Aspect.OWNERS:
                return self._owners(asset, row, before)
            case Aspect.ROLES:
                return self._roles(asset, row, before)
            case _:
                return self._tags(row)

    def _owners(self, asset: Asset, row: Mapping[str, Any], before: Items) -> Items:
        """An account that is no administrator cannot leave the owners (source: 6.1.0, commands/utils.py:
        populate_owner_list)."""
        found: dict[int, Item] = {}
        for owner in objects(row.get("owners")):
            if person := self.parts.owner(owner["id"]):
                found[person.id] = Item(person.id, person.label)
            else:
                known = self.parts.here.by_id.get(owner["id"])
                self.left_out[Aspect.OWNERS].append(f"{asset}: {known.label if known else owner['id']}")
        if not found:
            return before
        account = self.target.account()
        if not account.is_admin and account.id not in found:
            known = self.parts.there.by_id.get(account.id)
            found[account.id] = Item(account.id, known.label if known else account.name)
        return in_order(found.values())

    def _roles(self, asset: Asset, row: Mapping[str, Any], before: Items) -> Items:
        """All of them or none: with some of them missing, who may see the dashboard is decided on the target."""
        names = {one_line(role.get("name")) for role in objects(row.get("roles"))}
        if missing := sorted(names - self.parts.restrictable):
            self.left_out[Aspect.ROLES].extend(f"{asset}: {name}" for name in missing)
            return before
        return self.parts.role_items(names) or before

    def _tags(self, row: Mapping[str, Any]) -> Items:
        """Exactly those of the source."""
        profile = self.target.profile
        names = {one_line(tag.get("name")) for tag in objects(row.get("tags")) if is_custom(tag, profile)}
        return in_order(Item(self.parts.tags.get(name), name) for name in names)


def _identity(items: Items) -> frozenset[object]:
    return frozenset(item.id if item.id is not None else item.name for item in items)
