# [DEF:superset.remote.exports:Module]
# @COMPLEXITY: 3
# @PURPOSE: Reads assets of one environment with as few exports as possible, in batches.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION CALLS -> superset.remote.bisection
# @RELATION CALLS -> superset.conversion.fields

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from apps.superset.assets import NAME_FIELDS, Bundle, Key, Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.conversion.fields import Dropped, as_known
from apps.superset.errors import ServerFault, SupersetError
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.plan import slugs
from apps.superset.plan.refusal import Refusal
from apps.superset.protocol import Client, Reporter
from apps.superset.references.graph import closure
from apps.superset.references.lookup import Stale
from apps.superset.references.reference import is_provisional
from apps.superset.references.symbolise import symbolise
from apps.superset.releases.base import Release
from apps.superset.remote.bisection import Bisection, Part, batches


@dataclass(frozen=True, slots=True)
class Exported:
    """Assets of one environment: as exported, in symbolic form, and their numbers that refer to nothing.

    `unreadable` are existing assets that Superset does not export, with its message: they are in neither content, but
    must not count as missing from the environment. `fault` is the server's error if every export fails; `foreign` are
    those that the account does not own, if that was requested; `unknown` is what a newer release says in fields that
    are not known.
    """

    wire: Bundle
    symbolic: Bundle
    stale: tuple[Stale, ...]
    unreadable: Mapping[Key, SupersetError] = field(default_factory=dict)
    fault: SupersetError | None = None
    foreign: frozenset[Key] = frozenset()
    unknown: tuple[Dropped, ...] = ()

    @property
    def unnumbered(self) -> frozenset[Key]:
        """Assets with provisional numbers that a run did not get to replace."""
        return frozenset(each.asset for each in self.stale if is_provisional(each.value))

    @property
    def unfinished(self) -> frozenset[Key]:
        """Those, and dashboards with a provisional slug."""
        return self.unnumbered | {asset.key for asset in self.symbolic if slugs.is_provisional(asset)}

    def is_unfinished(self, key: Key) -> bool:
        return key in self.unnumbered or slugs.is_provisional(self.symbolic.get(key))

    def merged(self, other: Exported) -> Exported:
        stale = (*self.stale, *other.stale)
        bad = {**self.unreadable, **other.unreadable}
        fault = self.fault or other.fault
        wire, symbolic = self.wire.merged(other.wire), self.symbolic.merged(other.symbolic)
        return Exported(wire, symbolic, stale, bad, fault, unknown=(*self.unknown, *other.unknown))

    def require_server(self) -> None:
        """Raise the server's error if every export fails."""
        if self.fault:
            raise self.fault


def read_readable(client: Client, inventory: Inventory, wanted: Iterable[Key], reporter: Reporter) -> Exported:
    """The existing assets among the wanted ones, with everything that Superset exports along with them; those that it
    cannot export are in `unreadable`."""
    return _symbolic(_Exports(client, inventory, reporter).of(wanted), inventory, client.profile)


def read_closure(client: Client, inventory: Inventory, roots: Iterable[Key], reporter: Reporter) -> Exported:
    """The roots and all their dependencies; those that cannot be exported are in `unreadable`.

    Superset's own export leaves out the datasets of chart customizations, and charts that are in a layout but not
    linked (source: 6.1.0, commands/dashboard/export.py); those are fetched until nothing that exists is missing, or
    an export brings nothing new.
    """
    roots = list(roots)
    exports = _Exports(client, inventory, reporter)
    exported = _symbolic(exports.of(roots), inventory, client.profile)
    while missing := [key for key in closure(exported.symbolic, roots).missing if key in inventory]:
        before = len(exports.found)
        more = exports.of(key for key in missing if key not in exports.unreadable)
        exported = _symbolic(more, inventory, client.profile)
        if len(exports.found) == before:
            break
    return exported


def unreadable(exported: Exported, inventory: Inventory, environment: str) -> Iterator[Refusal]:
    """One refusal per asset that Superset does not export."""
    for key, error in exported.unreadable.items():
        yield Refusal("unreadable", label(key, inventory), why_unreadable(key, inventory, environment, error))


def why_unreadable(key: Key, inventory: Inventory, environment: str, error: SupersetError) -> Message:
    """A dashboard without a title is the one case whose cause is known (seen on 6.1.0)."""
    entry = inventory.get(key)
    facts = {"asset": label(key, inventory), "environment": environment}
    if key.kind is Kind.DASHBOARD and entry and not entry.name:
        return Message("refusal.unreadable.untitled", **facts)
    return Message("refusal.unreadable", detail=error.message.clause(), **facts)


def label(key: Key, inventory: Inventory) -> str:
    """How a person finds an asset."""
    entry = inventory.get(key)
    return entry.label if entry else str(key)


class _Exports:
    """Collects exports of one environment; dashboards first, because they include most charts and datasets."""

    def __init__(self, client: Client, inventory: Inventory, reporter: Reporter) -> None:
        self.found = Bundle({})
        self.unreadable: dict[Key, SupersetError] = {}
        self.fault: SupersetError | None = None
        self._client, self._inventory, self._reporter = client, inventory, reporter
        self._titled, self._untitled = Bisection(self._fetch), Bisection(self._fetch)

    def of(self, wanted: Iterable[Key]) -> _Exports:
        """Adds those of these that are not there yet."""
        wanted = list(wanted)
        for kind in reversed(Kind):
            ids = self._inventory.ids(key for key in wanted if key.kind is kind and key not in self.found)
            titled, untitled = self._by_title(kind, ids)
            done, size = 0, self._client.profile.export_batch[kind]
            for bisection, batch in (
                *((self._titled, batch) for batch in batches(titled, size)),
                *((self._untitled, [each]) for each in untitled),
            ):
                for part in bisection.parts(kind, batch):
                    self._take(part)
                done += len(batch)
                self._reporter.progress(f"read {kind}s of {self._client.environment}", done, len(ids))
        self.fault = self._titled.fault
        self._note_left_out(wanted)
        return self

    def _note_left_out(self, wanted: Iterable[Key]) -> None:
        """Assets in the list that are missing from their export: they may still exist."""
        for key in wanted:
            if key in self._inventory and key not in self.found and key not in self.unreadable:
                self.unreadable[key] = ServerFault(
                    Message("error.left_out_of_export"), environment=self._client.environment
                )

    def _by_title(self, kind: Kind, ids: Sequence[int]) -> tuple[list[int], list[int]]:
        """Assets whose name is NULL are exported one by one: they would fail the batch (an empty text does not)."""
        entries = [self._inventory.entries[key] for each in ids if (key := self._inventory.key_of(kind, each))]
        untitled = {entry.id for entry in entries if entry.row.get(NAME_FIELDS[kind], "") is None}
        return [each for each in ids if each not in untitled], sorted(untitled)

    def _fetch(self, kind: Kind, ids: Sequence[int]) -> Bundle:
        self._reporter.check_cancelled()
        return read_bundle(self._client.export(kind, ids), environment=self._client.environment)

    def _take(self, part: Part[Bundle]) -> None:
        if part.content is not None:
            self.found = self.found.merged(part.content)
        if part.error is not None:
            error = part.error if part.tried else self._not_tried()
            keys = (self._inventory.key_of(part.kind, each) for each in part.ids)
            self.unreadable.update((key, error) for key in keys if key)

    def _not_tried(self) -> SupersetError:
        return ServerFault(Message("error.not_tried"), environment=self._client.environment)


def _symbolic(exports: _Exports, inventory: Inventory, release: Release) -> Exported:
    known = [as_known(asset, release) for asset in exports.found]
    wire = Bundle.of(asset for asset, _ in known)
    pairs = [symbolise(asset, inventory) for asset in wire]
    symbolic = Bundle.of(asset for asset, _ in pairs)
    bad = {key: error for key, error in exports.unreadable.items() if key not in symbolic}
    stale = tuple(each for _, more in pairs for each in more)
    unknown = tuple(each for _, dropped in known for each in dropped)
    return Exported(wire, symbolic, stale, bad, exports.fault, unknown=unknown)
