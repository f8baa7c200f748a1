# [DEF:superset.carry.library.records:Module]
# @COMPLEXITY: 3
# @PURPOSE: What exists by itself beside the assets: reports, CSS templates and saved queries, matched by name.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION DEPENDS_ON -> superset.inventory
"""None of them shows a UUID in a list (seen on 4.1 to 6.1), so a record is matched by its name, and by what else makes
it another one (`attachment.RECORDS`). Two that match the same are left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from apps.superset.assets import Key
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import RECORDS, Aspect, Attachment, Item, Items
from apps.superset.protocol import Client

Row = Mapping[str, Any]
Place = tuple[str, ...]
"""The name of a record, and the facts that make it another one."""

Facts = dict[str, Any]


class Shelf(Protocol):
    """How the records of one kind are read, told apart and sent."""

    aspect: Aspect
    resource: str

    def rows(self, client: Client) -> list[dict[str, Any]]:
        """All that the account sees; one of `optional_lists.HIDDEN` if the server shows none."""

    def place(self, row: Row, inventory: Inventory) -> Place:
        """Of a row of the list."""

    def item(self, client: Client, row: Row, inventory: Inventory) -> Item:
        """The whole of it, in the terms of a plan."""

    def sentence(self, facts: Row) -> str:
        """What a person reads of it."""

    def created(self, facts: Facts) -> Facts:
        """What a new one has."""

    def updated(self, before: Row, facts: Facts) -> tuple[Facts, str]:
        """What an existing one gets, and the kind of note about it; empty if there is nothing to say."""

    def left_alone(self, before: Item, facts: Facts, target: Client) -> str:
        """The kind of note about one that the target has and a plan does not change; empty if it may."""

    def request(self, item: Item, inventory: Inventory, current: Row) -> dict[str, Any]:
        """What a request sends; `current` is the whole row of an existing one, empty for a new one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record that the target should have. `label` names it in notes."""

    key: Key
    name: str
    facts: Facts
    label: str


@dataclass(slots=True)
class Found:
    """What a plan sets, and the names of what it does not, by kind of note."""

    attachments: list[Attachment]
    notes: dict[str, list[str]]


def plan_records(shelf: Shelf, wanted: Iterable[Wanted], target: Client, there: Inventory) -> Found:
    """Raises one of HIDDEN if the target does not show its own."""
    found, theirs = Found([], defaultdict(list)), defaultdict(list)
    for row in shelf.rows(target):
        theirs[shelf.place(row, there)].append(row)
    for place, group in _grouped(shelf.aspect, wanted).items():
        if len(group) > 1 or len(theirs[place]) > 1:
            found.notes["records_ambiguous"] += [each.label for each in group]
        elif theirs[place]:
            _update(shelf, group[0], shelf.item(target, theirs[place][0], there), target, found)
        else:
            facts = shelf.created(group[0].facts)
            after = Item(None, shelf.sentence(facts), facts)
            found.attachments.append(Attachment(group[0].key, shelf.aspect, group[0].name, (), (after,)))
    return found


def _update(shelf: Shelf, wanted: Wanted, there: Item, target: Client, found: Found) -> None:
    changed = [name for name, value in wanted.facts.items() if there.facts.get(name) != value]
    if not changed:
        return
    if kind := shelf.left_alone(there, wanted.facts, target):
        found.notes[kind].append(wanted.label)
        return
    facts, note = shelf.updated(there.facts, wanted.facts)
    if note:
        found.notes[note].append(wanted.label)
    before = {name: value for name, value in there.facts.items() if name in facts}
    was, becomes = shelf.sentence(before), shelf.sentence(facts)
    becomes = f"{becomes} [{', '.join(changed)}]" if was == becomes else becomes
    sides = Item(there.id, was, before), Item(there.id, becomes, facts)
    found.attachments.append(Attachment(wanted.key, shelf.aspect, wanted.name, (sides[0],), (sides[1],)))


def _grouped(aspect: Aspect, wanted: Iterable[Wanted]) -> dict[Place, list[Wanted]]:
    groups: dict[Place, list[Wanted]] = defaultdict(list)
    for each in wanted:
        groups[each.name, *(str(each.facts.get(fact)) for fact in RECORDS[aspect])].append(each)
    return groups


def records_now(
    shelf: Shelf, client: Client, attachments: Iterable[Attachment], inventory: Inventory
) -> dict[Any, Items]:
    """The records of these attachments as they are on the target, by `Attachment.slot`."""
    own = {(each.name, *each.slot[3]): each for each in attachments if each.aspect is shelf.aspect}
    found: dict[Any, list[Item]] = {each.slot: [] for each in own.values()}
    for row in shelf.rows(client) if own else ():
        if each := own.get(shelf.place(row, inventory)):
            found[each.slot].append(shelf.item(client, row, inventory))
    return {place: tuple(items) for place, items in found.items()}


def holds(side: Items, found: Items) -> bool:
    """Whether the target has what one side of an attachment says; more than that is not compared."""
    pairs = zip(side, found, strict=False)
    return len(side) == len(found) and all(
        now.facts.get(name) == value for was, now in pairs for name, value in was.facts.items()
    )
