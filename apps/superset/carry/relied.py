# [DEF:superset.carry.relied:Module]
# @COMPLEXITY: 3
# @PURPOSE: What of the target's own hides a dashboard or its rows and is not set by the plan: noted when planning, and
#   looked at again right before a run writes.
# @RELATION DEPENDS_ON -> superset.plan.reliance
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.carry.access
# @RELATION CALLS -> superset.carry.holdings
# @RELATION CALLS -> superset.checks.row_level_security
# @RELATION CALLS -> superset.remote.optional_lists
# @RELATION DEPENDS_ON -> superset.remote.sign_in_page
"""Whoever lifts it between plan and apply would otherwise have the run show new content to more people than anybody
approved. Stricter is no reason to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from apps.superset.assets import Bundle, Key, Kind
from apps.superset.carry.access import SEEN_BY, Shown, Viewers, access_after, datasets_of, holders, read_viewers
from apps.superset.carry.holdings import Holdings, read_holdings
from apps.superset.carry.people import People
from apps.superset.checks.row_level_security import Rule, digest, in_group, rules_by_dataset
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import ANYONE, Access, Aspect, Attachment, Items
from apps.superset.plan.attachment import Item as Kept
from apps.superset.plan.reliance import Reliance
from apps.superset.protocol import Client
from apps.superset.releases.base import Access as Scheme
from apps.superset.remote.optional_lists import read_rules
from apps.superset.remote.sign_in_page import DASHBOARD_RBAC

NOBODY = People({})

Rows = Iterable[Mapping[str, object]]


def relied_on(
    desired: Bundle,
    sources: Mapping[Key, Key],
    inventories: tuple[Inventory, Inventory],
    rules: Rows,
    target: Client,
    attachments: Collection[Attachment],
) -> tuple[Reliance, ...]:
    """`rules` are those of the source. What the plan sets itself is checked with the rest that it sets."""
    here, there = inventories
    return (
        *_roles(desired, target, there, attachments),
        *_rules(desired, sources, rules_by_dataset(rules, here), target, there, attachments),
    )


def _roles(
    desired: Bundle, target: Client, there: Inventory, attachments: Collection[Attachment]
) -> Iterator[Reliance]:
    """Of what is or becomes published. Where roles are known to restrict nothing, nothing counts on them."""
    set_by_us = {each.key for each in attachments if each.aspect is Aspect.ROLES}
    dashboards = [
        asset
        for asset in desired.of_kind(Kind.DASHBOARD)
        if asset.document.get("published") and asset.key in there and asset.key not in set_by_us
    ]
    if not dashboards or target.access() is not Scheme.OWNERS or _restricts(target) is False:
        return
    held = read_holdings(target, there, [asset.key for asset in dashboards], (Aspect.ROLES,), NOBODY)
    for asset in dashboards:
        if roles := held.get(asset.key, {}).get(Aspect.ROLES):
            facts = {"restricts": True} if _restricts(target) else {}
            yield Reliance(asset.key, asset.name, tuple(replace(item, facts=facts) for item in roles))


def _rules(
    desired: Bundle,
    sources: Mapping[Key, Key],
    ours: Mapping[Key, Mapping[Rule, str]],
    target: Client,
    there: Inventory,
    attachments: Collection[Attachment],
) -> Iterator[Reliance]:
    """Reads the rules of the target only if the source has some on these datasets."""
    wanted = {key: found for key in desired.assets if (found := ours.get(sources.get(key, key)))}
    theirs = rules_by_dataset(read_rules(target) or (), there) if wanted else {}
    set_by_us = {each.name for each in attachments if each.aspect is Aspect.RULES}
    for key, found in wanted.items():
        same = {rule: name for rule, name in theirs.get(key, {}).items() if rule in found and name not in set_by_us}
        if same:
            seen = {**theirs[key], **dict(_set(attachments, key))}
            items = (Kept(None, name, _facts(rule, seen)) for rule, name in same.items())
            yield Reliance(key, desired.assets[key].name, tuple(sorted(items, key=lambda item: item.name)))


def _set(attachments: Iterable[Attachment], key: Key) -> Iterator[tuple[Rule, str]]:
    """The rules that the plan sets on a dataset."""
    for each in attachments:
        for facts in (item.facts for item in each.after if each.aspect is Aspect.RULES):
            if str(key) in facts["tables"]:
                roles = frozenset(str(name) for _, name in facts["roles"])
                yield (facts["clause"], facts["filter_type"], facts["group_key"], roles), each.name


def _facts(rule: Rule, seen: Mapping[Rule, str]) -> dict[str, object]:
    group = sorted(digest(other) for other in in_group(rule, seen) if other != rule)
    return {"hash": digest(rule), **({"group": group} if group else {})}


def _restricts(target: Client) -> bool | None:
    """Whether the roles of dashboards restrict them; None: a server with another sign-in page does not say so."""
    features = target.features()
    return DASHBOARD_RBAC in features if features else None


# --- right before a run writes ---------------------------------------------------------------------------------------


def lifted(relied: Collection[Reliance], target: Client, there: Inventory) -> Iterator[str]:
    """A sentence for each that hides less by now, or is no longer shown."""
    dashboards = [each for each in relied if each.key.kind is Kind.DASHBOARD and each.key in there]
    held = read_holdings(target, there, [each.key for each in dashboards], (Aspect.ROLES,), NOBODY)
    for each in dashboards:
        asset, now = f"{each.key.kind} “{each.name}”", held.get(each.key, {}).get(Aspect.ROLES, ())
        if not now or {item.id for item in now} - {item.id for item in each.items}:
            yield str(Message("deviation.roles", asset=asset, before=_named(each.items), after=_named(now)))
        elif not _restricts_still(each.items, target):
            yield str(Message("deviation.unrestricted", asset=asset))
    datasets = [each for each in relied if each.key.kind is Kind.DATASET and each.key in there]
    rules = rules_by_dataset(read_rules(target) or (), there) if datasets else {}
    for each in datasets:
        for item in each.items:
            yield from _loosened(item, rules.get(each.key, {}), f"{each.key.kind} “{each.name}”")


def _restricts_still(roles: Items, target: Client) -> bool:
    """Where the plan has not seen it either, it may be as it was."""
    restricts = _restricts(target)
    return restricts or (restricts is None and not any(item.facts.get("restricts") for item in roles))


def _loosened(item: Kept, now: Mapping[Rule, str], asset: str) -> Iterator[str]:
    rule = next((each for each in now if digest(each) == item.facts["hash"]), None)
    if rule is None:
        yield str(Message("deviation.rule", rule=item.name, asset=asset))
        return
    for other, name in in_group(rule, now).items():
        if other != rule and digest(other) not in item.facts.get("group", ()):
            facts = {"rule": item.name, "other": name, "group": rule[2], "asset": asset}
            yield str(Message("deviation.rule_joined", **facts))


def _named(items: Items) -> str:
    return ", ".join(item.name for item in items) or str(Message("deviation.attachment.none"))


def seen_by_more(
    access: Collection[Access],
    desired: Bundle,
    found: Callable[[Key], Bundle],
    attachments: Collection[Attachment],
    target: Client,
    there: Inventory,
) -> Iterator[str]:
    """A sentence for each dashboard that the run would open to people whom the plan does not name; `found` is what the
    target has, for a dashboard that an earlier run has left as a draft what it had. Whoever sees it already, and its
    owners, are not opened to; the public is never taken for granted."""
    known = [each for each in access if each.known]
    viewers = read_viewers(target, there) if known else None
    if viewers is None:
        yield from (str(Message("deviation.unseen", asset=_dashboard(each))) for each in known)
        return
    held = read_holdings(target, there, [each.key for each in known], SEEN_BY, viewers.people)
    account = target.account().id
    for each in known:
        after = viewers.of(access_after(desired.assets[each.key], desired, held, attachments, there, account))
        more = {*after} - {*(each.after or ())} - _see_it(each.key, found(each.key), held, viewers, there)
        if more:
            yield str(Message("deviation.seen", asset=_dashboard(each), people=", ".join(sorted(more))))


def _see_it(key: Key, found: Bundle, held: Holdings, viewers: Viewers, there: Inventory) -> set[str]:
    """Who does now, but for the public: what was opened to it since the plan stops the run."""
    asset = found.get(key)
    if asset is None or key not in there:
        return set()
    owners, roles = holders(held, key)
    published = bool(asset.document.get("published"))
    return {*viewers.of(Shown(published, owners, roles, datasets_of(asset, found)))} - {ANYONE}


def _dashboard(each: Access) -> str:
    return f"{each.key.kind} “{each.name}”"
