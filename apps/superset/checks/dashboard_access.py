# [DEF:superset.checks.dashboard_access:Module]
# @COMPLEXITY: 2
# @PURPOSE: Dashboards restricted to roles on the source: never open to everyone on the target.
"""An export has no roles, and a published dashboard without roles is seen by everyone who may read its data (source:
6.1.0, dashboards/filters.py: DashboardAccessFilter). Who may see it is decided on the target, by giving it roles
there; until then it arrives as a draft.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from apps.contracts.plain_text import one_line
from apps.superset.assets import Bundle, Key, Kind, objects
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Client

RESTRICTED = "restricted"


def restricted(
    desired: Bundle, sources: Mapping[Key, Key], here: Inventory, target: Client, there: Inventory
) -> Iterator[Refusal]:
    """One refusal per dashboard that would be published without the roles it has on the source.

    `sources` maps paired assets to their key on the source. A draft widens no access, and the target's own dashboard
    keeps its roles.
    """
    for asset in desired.of_kind(Kind.DASHBOARD):
        roles = _roles(sources.get(asset.key, asset.key), here)
        if not roles or not asset.document.get("published") or _has_roles(target, there.id_of(asset.key)):
            continue
        facts = {"asset": asset, "roles": ", ".join(f"“{role}”" for role in roles), "environment": target.environment}
        message, name = Message("refusal.restricted", **facts), f"{RESTRICTED}:{asset.key}"
        yield Refusal(RESTRICTED, asset.name, message, {"key": str(asset.key)}, acknowledge=name)


def unpublished(desired: Bundle, keys: Collection[str]) -> Bundle:
    """The same content, with these dashboards as drafts."""
    if not keys:
        return desired
    return Bundle.of(
        asset.with_document({**asset.document, "published": False}) if str(asset.key) in keys else asset
        for asset in desired
    )


def _roles(key: Key, here: Inventory) -> list[str]:
    entry = here.get(key)
    return [one_line(role.get("name")) for role in objects(entry.row.get("roles"))] if entry else []


def _has_roles(target: Client, number: int | None) -> bool:
    """One request per restricted dashboard that the target already has."""
    return number is not None and bool(objects(target.get(Kind.DASHBOARD, number).get("roles")))
