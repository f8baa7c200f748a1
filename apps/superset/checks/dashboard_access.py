# [DEF:superset.checks.dashboard_access:Module]
# @COMPLEXITY: 2
# @PURPOSE: Dashboards restricted to roles on the source: never open to everyone on the target.
"""An export has no roles, and a published dashboard without roles is seen by everyone who may read its data (source:
6.1.0, dashboards/filters.py: DashboardAccessFilter). Who may see it is decided on the target, by giving it roles
there; until then it arrives as a draft.

A server that has viewers instead of roles, or does not say which it has, is not trusted to keep any: there, a dashboard
counts as open as soon as it is published, and as restricted unless it shows that it has no viewers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind, objects
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Client
from apps.superset.releases.base import Access
from apps.superset.remote.sign_in_page import DASHBOARD_RBAC

RESTRICTED = "restricted"

UNKNOWN = None
"""Who may see a dashboard, if its server does not say so."""


def restricted(
    desired: Bundle,
    sources: Mapping[Key, Key],
    source: Client,
    here: Inventory,
    target: Client,
    there: Inventory,
    restrictable: Collection[str] = frozenset(),
) -> Iterator[Refusal]:
    """One refusal per dashboard that would be published without the roles it has on the source, or whose own viewers
    on the target may be lost.

    `sources` maps paired assets to their key on the source. A draft widens no access, the target's own dashboard
    keeps its roles if they restrict it, and a run restricts to the roles named in `restrictable` before it publishes.
    """
    for asset in desired.of_kind(Kind.DASHBOARD):
        if not asset.document.get("published"):
            continue
        key, number = sources.get(asset.key, asset.key), there.id_of(asset.key)
        audience = _audience(source, here, key)
        if _set_by_the_run(audience, restrictable, target):
            continue
        if audience != [] and not _keeps_roles(target, there.get(asset.key)):
            yield _refusal(asset, audience, source, target)
        elif target.access() is not Access.OWNERS and (own := _viewers(target, number)) != []:
            yield _refusal(asset, own, target, target)


def _set_by_the_run(audience: list[str] | None, restrictable: Collection[str], target: Client) -> bool:
    """Whether the run itself restricts it to all of these roles before it publishes."""
    return bool(audience) and set(audience or ()) <= {*restrictable} and target.access() is Access.OWNERS


def _refusal(asset: Asset, audience: list[str] | None, holder: Client, target: Client) -> Refusal:
    facts = {"asset": asset, "environment": target.environment}
    if audience is UNKNOWN:
        message = Message("refusal.restricted.unknown", holder=holder.environment, **facts)
    else:
        roles = ", ".join(f"“{each}”" for each in audience)
        message = Message("refusal.restricted", roles=roles, **facts)
    return Refusal(RESTRICTED, asset.name, message, {"key": str(asset.key)}, acknowledge=f"{RESTRICTED}:{asset.key}")


def unpublished(desired: Bundle, keys: Collection[str]) -> Bundle:
    """The same content, with these dashboards as drafts."""
    if not keys:
        return desired
    return Bundle.of(
        asset.with_document({**asset.document, "published": False}) if str(asset.key) in keys else asset
        for asset in desired
    )


def _audience(source: Client, here: Inventory, key: Key) -> list[str] | None:
    """The names of those that a dashboard is restricted to on the source; empty if it is not."""
    entry = here.get(key)
    if entry is None:
        return []
    if source.access() is Access.OWNERS:
        return [one_line(role.get("name")) for role in objects(entry.row.get("roles"))]
    return _viewers(source, entry.id)


def _viewers(client: Client, number: int | None) -> list[str] | None:
    """One request per dashboard."""
    if number is None:
        return []
    viewers = client.get(Kind.DASHBOARD, number).get("viewers") if client.access() is Access.SUBJECTS else UNKNOWN
    if not isinstance(viewers, list):
        return UNKNOWN
    return [one_line(str(each.get("label") or each.get("id"))) for each in objects(viewers)]


def _keeps_roles(target: Client, entry: Entry | None) -> bool:
    """One request per restricted dashboard that the target already has. What is published there is opened by nobody
    who publishes it again; a draft is, where roles restrict nothing."""
    if entry is None or target.access() is not Access.OWNERS:
        return False
    roles = objects(target.get(Kind.DASHBOARD, entry.id).get("roles"))
    return bool(roles) and (entry.row.get("published") is True or not _ignores_roles(target))


def _ignores_roles(target: Client) -> bool:
    """As far as known: a server with another sign-in page does not say which features are on."""
    features = target.features()
    return bool(features) and DASHBOARD_RBAC not in features
