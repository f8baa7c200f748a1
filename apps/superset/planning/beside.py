# [DEF:superset.planning.beside:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a plan says beside the documents: what is attached to its assets, and who can see its dashboards.
# @RELATION CALLS -> superset.carry.planning
# @RELATION CALLS -> superset.carry.rules
# @RELATION CALLS -> superset.carry.embedding
# @RELATION CALLS -> superset.carry.annotation_plan
# @RELATION CALLS -> superset.carry.library.planning
# @RELATION CALLS -> superset.carry.access
# @RELATION CALLS -> superset.carry.holdings
# @RELATION CALLS -> superset.carry.relied
# @RELATION DEPENDS_ON -> superset.planning.sides
# @RELATION DEPENDS_ON -> superset.planning.comparison

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.carry.access import SEEN_BY, Shown, access_after, access_of, datasets_of, holders, read_viewers
from apps.superset.carry.annotation_plan import Charts, plan_annotations
from apps.superset.carry.embedding import plan_embedding
from apps.superset.carry.holdings import Holdings, read_holdings
from apps.superset.carry.library.planning import LibraryPlanning
from apps.superset.carry.planning import AssetPlanning
from apps.superset.carry.relied import relied_on
from apps.superset.carry.rules import Table, plan_rules
from apps.superset.content.comparable import hash_of
from apps.superset.diff.difference import difference
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import Access, Aspect, Attachment
from apps.superset.plan.plan import Action, Change, Note, first
from apps.superset.plan.refusal import Refusal
from apps.superset.plan.reliance import Reliance
from apps.superset.planning.comparison import Comparison
from apps.superset.planning.sides import Sides
from apps.superset.references.graph import closure


@dataclass(frozen=True, slots=True)
class Beside:
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[Note, ...] = ()
    drafts: Mapping[Key, str] = field(default_factory=dict)
    access: tuple[Access, ...] = ()
    losses: tuple[Note, ...] = ()
    relied: tuple[Reliance, ...] = ()


def plan_beside(sides: Sides, compared: Comparison) -> Beside:
    attachments, notes = _attachments(sides, compared.desired)
    layers, of_layers = _annotations(sides, compared)
    library, of_library, losses = _library(sides, compared.desired)
    attachments, notes = (*attachments, *layers, *library), (*notes, *of_layers, *of_library)
    drafts = {asset.key: digest for asset, digest in _drafts(compared, attachments)}
    access = tuple(_access(sides, compared, attachments))
    return Beside(attachments, notes, drafts, access, losses, _relied(sides, compared, attachments))


def _relied(sides: Sides, compared: Comparison, attachments: tuple[Attachment, ...]) -> tuple[Reliance, ...]:
    """Of a plan that writes something."""
    if not attachments and not any(change.action.writes for change in compared.changes):
        return ()
    rules = sides.gathered.inventories.rules or ()
    both = (sides.here, sides.there)
    return relied_on(compared.desired, sides.sources, both, rules, sides.target, attachments)


def _library(sides: Sides, desired: Bundle) -> tuple[tuple[Attachment, ...], tuple[Note, ...], tuple[Note, ...]]:
    members, clients = sides.gathered.members, (sides.source, sides.target)
    both, parts = (sides.here, sides.there), sides.counterparts
    return LibraryPlanning(members, desired, sides.sources, clients, both, sides.mapping, parts).plan()


def _attachments(sides: Sides, desired: Bundle) -> tuple[tuple[Attachment, ...], tuple[Note, ...]]:
    parts, here, there = sides.counterparts, sides.here, sides.there
    if not parts.carry:
        return (), ()
    found, notes = AssetPlanning(desired, sides.sources, here, sides.target, parts).plan(there)
    rules = sides.gathered.inventories.rules or ()
    clients = (sides.source, sides.target)
    set_there = tuple(plan_rules(desired, sides.sources, here, rules, clients, there, parts))
    embedded: tuple[Attachment, ...] = ()
    if Aspect.EMBEDDING in parts.carry:
        embedded, more = plan_embedding(desired, sides.sources, clients, here, there)
        notes = (*notes, *more)
    notes = (*notes, *_rules_shared(set_there, desired, sides))
    return (*set_there, *found, *embedded), notes


def _annotations(sides: Sides, compared: Comparison) -> tuple[tuple[Attachment, ...], tuple[Note, ...]]:
    """Also where they do not travel: an import removes those of the target."""
    written = {change.key for change in compared.changes if change.action.writes}
    here, there = sides.gathered.exported.wire, compared.found.wire
    charts = Charts(compared.desired, here, there, written, sides.sources)
    clients, inventories = (sides.source, sides.target), (sides.here, sides.there)
    return plan_annotations(charts, clients, inventories, carry=Aspect.ANNOTATIONS in sides.counterparts.carry)


def _rules_shared(rules: tuple[Attachment, ...], desired: Bundle, sides: Sides) -> Iterator[Note]:
    """Rules that also restrict datasets outside the plan, which a change of the rule changes too."""
    changed = ((rule, table) for rule in rules for item in rule.before for table in item.facts["tables"])
    outside = (
        (rule, table) for rule, table in changed if not isinstance(table, str) or Key.parse(table) not in desired
    )
    if lines := [f"{rule.name}: {_dataset(table, sides)}" for rule, table in outside]:
        yield Note.of("rules_shared", first(lines))


def rules_loosened(attachments: Iterable[Attachment], sides: Sides) -> Iterator[Refusal]:
    """Rules of the target that would no longer restrict what they restrict now."""
    for rule in (each for each in attachments if each.aspect is Aspect.RULES):
        lines = []
        for was, becomes in zip(rule.before, rule.after, strict=False):
            lines += [_dataset(table, sides) for table in was.facts["tables"] if table not in becomes.facts["tables"]]
            lines += sorted(_freed(was.facts, becomes.facts))
        if lines:
            facts = {"rule": rule.name, "freed": ", ".join(first(lines)), "environment": sides.target.environment}
            message = Message("refusal.rules_loosened", **facts)
            name = f"rules-loosened:{rule.key}"
            yield Refusal("rules_loosened", rule.name, message, {"key": str(rule.key)}, acknowledge=name)


def _freed(was: Mapping[str, Any], becomes: Mapping[str, Any]) -> set[str]:
    """A base rule restricts all roles but its own."""
    before, after = ({name for _, name in facts["roles"]} for facts in (was, becomes))
    return after - before if becomes["filter_type"] == "Base" else before - after


def _dataset(table: Table, sides: Sides) -> str:
    entry = sides.there.get(Key.parse(table)) if isinstance(table, str) else None
    return entry.label if entry else f"dataset {table}"


def _drafts(compared: Comparison, attachments: tuple[Attachment, ...]) -> Iterator[tuple[Asset, str]]:
    """The dashboards that a run would publish before all that restricts them is set."""
    restricting = {each.key for each in attachments if each.aspect is Aspect.ROLES}
    ruled = {Key.parse(table) for each in attachments if each.aspect is Aspect.RULES for table in _tables(each)}
    written = frozenset(_written(compared)) if restricting or ruled else frozenset()
    for asset in _showing(written, compared.desired) if written else ():
        below = closure(compared.desired, [asset.key]).keys
        if asset.document.get("published") and (asset.key in restricting or not ruled.isdisjoint(below)):
            yield asset, hash_of(asset.with_document({**asset.document, "published": False}))


def sent_as_drafts(compared: Comparison, drafts: Collection[Key]) -> Comparison:
    """With these written, also those that stay as they are, because what they show changes before all that restricts
    it is set."""
    return replace(compared, changes=tuple(_sent_as_draft(change, drafts) for change in compared.changes))


def _sent_as_draft(change: Change, drafts: Collection[Key]) -> Change:
    if change.key not in drafts or change.action is not Action.UNCHANGED:
        return change
    meanwhile = difference("draft_meanwhile", change.name, "published", None, None)
    return replace(change, action=Action.UPDATE, differences=(meanwhile,))


def _written(compared: Comparison) -> Iterator[Key]:
    yield from (change.key for change in compared.changes if change.action.writes)


def _showing(keys: Collection[Key], desired: Bundle) -> Iterator[Asset]:
    """The dashboards that are among these or stand on one of them: who sees one may change with a dataset of its
    charts."""
    for asset in desired.of_kind(Kind.DASHBOARD):
        if not frozenset(closure(desired, [asset.key]).keys).isdisjoint(keys):
            yield asset


def _tables(rule: Attachment) -> Iterator[str]:
    yield from (table for item in rule.after for table in item.facts["tables"] if isinstance(table, str))


def _access(sides: Sides, compared: Comparison, attachments: tuple[Attachment, ...]) -> Iterator[Access]:
    """Of the dashboards that the plan changes, or anything that they show."""
    touched = {*_written(compared), *(key for each in attachments for key in each.keys)}
    keys = [asset.key for asset in _showing(touched, compared.desired)]
    if not keys:
        return
    viewers = read_viewers(sides.target, sides.there)
    if viewers is None and Aspect.ROLES not in sides.request.carry:
        return
    people = sides.counterparts.there if viewers is None else viewers.people
    held = read_holdings(sides.target, sides.there, keys, SEEN_BY, people) if viewers else {}
    state = Dashboards(sides, compared, held, attachments)
    yield from access_of(keys, viewers, state.name, state.before, state.after)


@dataclass(frozen=True)
class Dashboards:
    """What decides who sees each dashboard, as it is on the target and as the plan makes it."""

    sides: Sides
    compared: Comparison
    held: Holdings
    attachments: tuple[Attachment, ...]

    def name(self, key: Key) -> str:
        return self.compared.desired.assets[key].name

    def before(self, key: Key) -> Shown | None:
        asset = self.compared.found.symbolic.get(key)
        if asset is None or key not in self.sides.there:
            return None
        published = bool(asset.document.get("published"))
        return Shown(published, *holders(self.held, key), datasets_of(asset, self.compared.found.symbolic))

    def after(self, key: Key) -> Shown:
        account = self.sides.target.account().id
        desired = self.compared.desired
        return access_after(desired.assets[key], desired, self.held, self.attachments, self.sides.there, account)
