# [DEF:superset.execution.attached.state:Module]
# @COMPLEXITY: 3
# @PURPOSE: What hangs on assets of the target now, compared with what a run sets, and what that says of a request
#   whose answer never came.
# @RELATION CALLS -> superset.carry.holdings
# @RELATION CALLS -> superset.carry.rules
# @RELATION CALLS -> superset.carry.embedding
# @RELATION CALLS -> superset.carry.counterparts
# @RELATION CALLS -> superset.carry.annotations
# @RELATION CALLS -> superset.carry.library.writing
# @RELATION DEPENDS_ON -> superset.execution.readback

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from apps.superset.assets import Key
from apps.superset.carry.annotations import annotations_now
from apps.superset.carry.annotations import identity as annotation_identity
from apps.superset.carry.counterparts import read_tags
from apps.superset.carry.embedding import domains_of, embedding_on
from apps.superset.carry.holdings import Holdings, read_holdings
from apps.superset.carry.library.writing import OWN, agrees, read_library
from apps.superset.carry.people import People
from apps.superset.carry.rules import rules_named
from apps.superset.execution.readback import Arrival, Write
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import RECORDS, Aspect, Attachment, Item, Items, Slot
from apps.superset.protocol import Act, Client
from apps.superset.remote.exports import Exported

UNKNOWN = People({})
"""Names come from the assets themselves."""

Now = Mapping[Slot, Items]
STEPWISE = (Aspect.ANNOTATIONS, *OWN)
"""What takes several requests: where not all of it is there, some of it may be."""


def read_now(target: Client, attachments: Iterable[Attachment], inventory: Inventory) -> Now:
    attachments = list(attachments)
    keys, aspects = dict.fromkeys(each.key for each in attachments), {each.aspect for each in attachments}
    held = read_holdings(target, inventory, keys, aspects, UNKNOWN) if keys else {}
    names = {each.name for each in attachments if each.aspect is Aspect.RULES}
    rules = rules_named(target, names, inventory)
    found = annotations_now(target, attachments, inventory) | read_library(target, attachments, inventory)
    rest = (each for each in attachments if each.slot not in found)
    return found | {each.slot: _found(target, each, held, rules, inventory) for each in rest}


def _found(target: Client, each: Attachment, held: Holdings, rules: Mapping[str, Item], inventory: Inventory) -> Items:
    if each.aspect is Aspect.EMBEDDING:
        return embedding_on(target, each.key, inventory)
    if each.aspect is not Aspect.RULES:
        return held.get(each.key, {}).get(each.aspect, ())
    return (rules[each.name],) if each.name in rules else ()


def showing(writes: Iterable[Write], target: Client) -> tuple[Write, ...]:
    """The same requests of earlier runs, with how to see what became of them."""
    return tuple(
        replace(write, shown=partial(seen, target, write.attachments, write.drafts, tags=True))
        if write.act in (Act.ATTACH, Act.PUBLISH)
        else write
        for write in writes
    )


def seen(
    target: Client,
    attachments: Sequence[Attachment],
    drafts: Collection[Key],
    content: Exported,
    inventory: Inventory,
    *,
    tags: bool = False,
) -> Arrival:
    """How much of a request that sets these and publishes `drafts` is on the target. With `tags`, it may have been the
    one that creates a tag."""
    there = [each for each in attachments if exists(each, inventory)]
    now, account = read_now(target, there, inventory), target.account().id
    published = [bool(asset and asset.document.get("published")) for asset in map(content.symbolic.get, drafts)]
    if not there and not published:
        return Arrival.UNCLEAR
    if all(is_set(each, now) for each in there) and all(published):
        return Arrival.ARRIVED
    if (
        any(published)
        or any(each.aspect in STEPWISE for each in there)
        or not all(_is_before(each, now, account) for each in there)
    ):
        return Arrival.UNCLEAR
    made = {item.name for each in there if each.aspect is Aspect.TAGS for item in each.after if item.id is None}
    return Arrival.UNCLEAR if tags and made & read_tags(target).keys() else Arrival.ABSENT


def tag_seen(target: Client, name: str, *_: object, exists: bool) -> Arrival:
    return Arrival.ARRIVED if (name in read_tags(target)) is exists else Arrival.ABSENT


def _is_before(each: Attachment, now: Now, account: int) -> bool:
    """Whether or not an import has made the account an owner."""
    without = account if each.aspect is Aspect.OWNERS else None
    return same(each.aspect, now[each.slot], each.before, without)


def exists(each: Attachment, inventory: Inventory) -> bool:
    """A report is set only if what it is about exists."""
    needs_asset = not stands_alone(each) or (each.aspect is Aspect.REPORTS and bool(each.after))
    return not needs_asset or each.key in inventory


def stands_alone(each: Attachment) -> bool:
    """Whether it exists by itself, and stands by an asset only in the plan."""
    return each.aspect is Aspect.RULES or each.aspect in RECORDS or each.is_layer


def is_set(each: Attachment, now: Now) -> bool:
    found = now[each.slot]
    return agrees(each.aspect, each.after, found) if each.aspect in OWN else same(each.aspect, found, each.after)


def is_half_set(each: Attachment, found: Items) -> bool:
    """Of a layer: all that is there is of one side or the other, as where a run stopped between two of its requests."""
    return bool(found) and annotation_identity(found) <= annotation_identity(each.before) | annotation_identity(
        each.after
    )


def same(aspect: Aspect, found: Items, side: Items, without: int | None = None) -> bool:
    """Whether the target has this side of an attachment; a description that nobody could read is any."""
    if aspect is Aspect.RULES and any(item.facts["description"] is None for item in (*found, *side)):
        found, side = _without_description(found), _without_description(side)
    return _identity(aspect, found, without) == _identity(aspect, side, without)


def _without_description(items: Items) -> Items:
    return tuple(replace(item, facts={**item.facts, "description": None}) for item in items)


def _identity(aspect: Aspect, items: Items, without: int | None = None) -> frozenset[Any]:
    """Tags by name, as the run creates them; rules by what they say; embedding by its domains."""
    if aspect is Aspect.EMBEDDING:
        return frozenset(domains_of((item,)) for item in items)
    if aspect is Aspect.ANNOTATIONS:
        return annotation_identity(items)
    if aspect is Aspect.RULES:
        return frozenset(_rule_identity(item) for item in items)
    if aspect is Aspect.TAGS:
        return frozenset(item.name for item in items)
    return frozenset(item.id for item in items if item.id != without)


def _rule_identity(item: Item) -> tuple[Any, ...]:
    roles = tuple(sorted(number for number, _ in item.facts["roles"]))
    words = tuple((name, value) for name, value in sorted(item.facts.items()) if isinstance(value, str))
    return (words, roles, tuple(sorted(map(str, item.facts["tables"]))))
