# [DEF:superset.execution.readback:Module]
# @COMPLEXITY: 3
# @PURPOSE: Finds out on the target what became of a write without a response; never sends it again.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION CALLS -> superset.remote.exports

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from apps.superset.assets import Asset, Key
from apps.superset.checks.ownership import foreign
from apps.superset.content.comparable import comparable
from apps.superset.content.normalize import content_hash
from apps.superset.errors import Cancelled, SupersetError
from apps.superset.inventory import Inventory, read_inventory
from apps.superset.messages.message import Message
from apps.superset.plan.attachment import Attachment
from apps.superset.plan.slugs import is_provisional
from apps.superset.protocol import Act, Client, Outcome, Reporter, Silent
from apps.superset.references.numbering import provisional_numbers
from apps.superset.references.symbolise import symbolise
from apps.superset.remote.exports import Exported, read_readable

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between reads; the last value repeats until the end."""

SLICE = 0.25
"""Seconds between checks whether the run was stopped."""


class Arrival(Enum):
    """How much of a request the target shows."""

    ARRIVED = "arrived"
    ABSENT = "absent"
    UNCLEAR = "unclear"
    """A part is there, or cannot be read: the rest was changed since, or the part is somebody else's work."""

    UNREADABLE = "unreadable"
    """The target cannot be read."""


@dataclass(frozen=True, slots=True)
class Write:
    """One request of a ledger that wrote or may have written: its assets, each with its content hash after the request
    (None: deleted)."""

    number: int
    act: Act
    wanted: Mapping[Key, str | None]
    unfinished: frozenset[Key] = field(default_factory=frozenset)
    """The assets that had provisional numbers before it."""

    before: Mapping[Key, str | None] = field(default_factory=dict)
    """The content hash of each asset before it."""

    expired: bool = False
    """It was sent so long ago that it can no longer be carried out."""

    attachments: tuple[Attachment, ...] = ()
    """What it may have set beside the documents."""

    drafts: frozenset[Key] = frozenset()
    """The dashboards that it may have published."""

    shown: Callable[[Exported, Inventory], Arrival] | None = None
    """How much of it the target shows, where its content does not: it may read more, and raises a `SupersetError`."""

    def outcome(self, seen: Arrival) -> Outcome:
        """The outcome if the target shows this. For an expired request, a part counts as all of it, so that nothing is
        forgotten."""
        if seen is Arrival.ARRIVED or (self.expired and seen is Arrival.UNCLEAR):
            return Outcome.WRITTEN
        return Outcome.ABSENT if self.expired and seen is Arrival.ABSENT else Outcome.SENT


def hashes(key: Key, found: Exported, inventory: Inventory) -> frozenset[str | None]:
    """The possible content hashes of an asset; only None if it does not exist, empty if it cannot be read.

    An asset with provisional numbers has two: a plan made in the meantime has read them as numbers that refer to
    nothing.
    """
    if key in found.unreadable:
        return frozenset()
    asset = found.symbolic.get(key) if key in inventory else None
    if asset is None:
        return frozenset({None})
    known = {content_hash(comparable(asset))}
    if key in found.unnumbered and key in found.wire:
        plain, _ = symbolise(found.wire.assets[key], replace(inventory, provisional={}))
        known.add(content_hash(comparable(plain)))
    return frozenset(known)


UNSEEN = (Act.UNLINK, Act.ATTACH, Act.PUBLISH)
"""What no content shows: unless something else does, it may have arrived."""


def arrival(write: Write, found: Exported, inventory: Inventory) -> Arrival:
    """An import is all or nothing, so if only a part is there, it may be somebody else's work."""
    if write.shown:
        return write.shown(found, inventory)
    if write.act in UNSEEN or any(key in found.unreadable for key in write.wanted):
        return Arrival.UNCLEAR
    there = {_is_there(write, key, wanted, found, inventory) for key, wanted in write.wanted.items()}
    if len(there) > 1:
        return Arrival.UNCLEAR
    if True in there:
        return Arrival.ARRIVED
    untouched = all(_is_untouched(write, key, found, inventory) for key in write.wanted)
    return Arrival.ABSENT if untouched else Arrival.UNCLEAR


def _is_there(write: Write, key: Key, wanted: str | None, found: Exported, inventory: Inventory) -> bool:
    if write.act is Act.UPDATE:  # its content is not compared, except for a provisional slug
        return is_provisional(found.symbolic.get(key))
    if write.act is Act.HIDE:
        return is_draft(found.symbolic.get(key))
    if key in found.foreign:
        return False
    finished = not found.is_unfinished(key)
    first = write.act is Act.IMPORT and key not in write.unfinished
    return wanted in hashes(key, found, inventory) and (first or finished)


def is_draft(asset: Asset | None) -> bool:
    return asset is not None and not asset.document.get("published")


def _is_untouched(write: Write, key: Key, found: Exported, inventory: Inventory) -> bool:
    """Whether it shows nothing of the request: somebody may have changed what the request wrote."""
    if (
        write.act in (Act.UPDATE, Act.HIDE)
        or key in found.foreign
        or found.is_unfinished(key)
        or key not in write.before
    ):
        return True
    return write.before[key] in hashes(key, found, inventory)


def look(keys: Collection[Key], target: Client) -> tuple[Exported, Inventory]:
    """These as on the target now; `keys` are all keys of the plan, for its provisional numbers."""
    provisional = {number: key for key, number in provisional_numbers(keys).items()}
    inventory = replace(read_inventory(target), provisional=provisional)
    return look_at(keys, target, inventory), inventory


def look_at(keys: Collection[Key], target: Client, inventory: Inventory) -> Exported:
    """These, and which of them the account does not own. An import makes it an owner of everything it contains, so an
    asset with the right content and other owners is somebody else's work."""
    exported = read_readable(target, inventory, keys, Silent())
    exported.require_server()
    return replace(exported, foreign=foreign(target, inventory, keys))


def await_arrivals(
    writes: Iterable[Write],
    look_again: Callable[[], tuple[Exported, Inventory]],
    reporter: Reporter,
    *,
    seconds: float,
) -> dict[int, Arrival]:
    """The outcome of each request, by number: at once if everything has arrived, otherwise after so many seconds, or
    when the run is stopped."""
    writes, until = list(writes), time.monotonic() + seconds
    pauses = iter(PAUSES)
    pause = PAUSES[0]
    while True:
        seen = _looked(writes, look_again, reporter)
        left = until - time.monotonic()
        if left <= 0 or all(each is Arrival.ARRIVED for each in seen.values()) or _is_cancelled(reporter):
            return seen
        pause = next(pauses, pause)
        _sleep(min(pause, left), reporter)


def _looked(
    writes: list[Write], look_again: Callable[[], tuple[Exported, Inventory]], reporter: Reporter
) -> dict[int, Arrival]:
    try:
        found, inventory = look_again()
        return {write.number: arrival(write, found, inventory) for write in writes}
    except SupersetError as error:
        reporter.log(Message("line.unreadable", error=error).line(), level="warning")
        return {write.number: Arrival.UNREADABLE for write in writes}


def _sleep(seconds: float, reporter: Reporter) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not _is_cancelled(reporter):
        time.sleep(min(left, SLICE))


def _is_cancelled(reporter: Reporter) -> bool:
    try:
        reporter.check_cancelled()
    except Cancelled:
        return True
    return False
