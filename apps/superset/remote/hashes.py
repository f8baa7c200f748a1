# [DEF:superset.remote.hashes:Module]
# @COMPLEXITY: 3
# @PURPOSE: Content hashes and dependencies of many assets, exported in batches with one batch in memory at a time.
# @RELATION CALLS -> superset.remote.bisection
# @RELATION CALLS -> superset.conversion.fields

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from apps.superset.assets import Asset, Key, Kind
from apps.superset.bundle.bundle import read_assets
from apps.superset.content.comparable import hash_of
from apps.superset.content.portable import portable
from apps.superset.conversion.fields import as_known
from apps.superset.errors import BundleInvalid, SupersetError
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.protocol import Client, Reporter
from apps.superset.references.graph import dependencies
from apps.superset.references.symbolise import symbolise
from apps.superset.remote.bisection import Bisection, batches


@dataclass(frozen=True, slots=True)
class Digest:
    """What is kept of the content of an asset: the hash under which a plan knows it, its `portable` form, and the
    assets that it is made of."""

    content_hash: str
    portable_hash: str
    names: tuple[Key, ...]
    depends_on: tuple[Key, ...]

    @classmethod
    def of(cls, asset: Asset) -> Digest:
        """Of a symbolic asset."""
        found = portable(asset)
        return cls(hash_of(asset), found.hash, found.names, dependencies(asset))


@dataclass(frozen=True, slots=True)
class Hashed:
    """The outcome of a batch: digests by key, or why there are none."""

    digests: dict[Key, Digest] = field(default_factory=dict)
    failed: dict[Key, SupersetError] = field(default_factory=dict)


class Hashing:
    """Computes the hashes of some assets of one environment, whose ids are in the inventory.

    An export includes dependencies, so dashboards are exported first, and of the other kinds only assets that were not
    included: `wanted` shrinks along the way.
    """

    def __init__(self, client: Client, inventory: Inventory, wanted: Collection[Key], reporter: Reporter) -> None:
        self.wanted = set(wanted)
        self._client = client
        self._inventory = inventory
        self._reporter = reporter
        self._bisection = Bisection(self._fetch, most=sys.maxsize)

    def batches(self, kind: Kind) -> Iterator[Hashed]:
        """Hashes of all wanted assets of this kind, and of wanted assets of other kinds that were included."""
        ids = self._inventory.ids(key for key in self.wanted if key.kind is kind)
        done = 0
        for batch in batches(ids, self._client.profile.export_batch[kind]):
            yield from self._taken(kind, batch)
            done += len(batch)
            self._reporter.progress(f"hash {kind}s of {self._client.environment}", done, len(ids))

    def along_with(self, kind: Kind, asset_id: int) -> Iterator[Hashed]:
        """Hashes of the wanted assets in the export of this one asset."""
        yield from self._taken(kind, [asset_id])

    def _taken(self, kind: Kind, ids: Sequence[int]) -> Iterator[Hashed]:
        """All except the assets that Superset cannot export; its error if every export fails."""
        for part in self._bisection.parts(kind, ids):
            if self._bisection.fault:
                raise self._bisection.fault
            if part.error is not None:
                yield from (self._left_out(kind, each, part.error) for each in part.ids)
            else:
                self.wanted.difference_update(part.content or {})
                yield Hashed(part.content or {}, self._missing(kind, part.ids))

    def _fetch(self, kind: Kind, ids: Sequence[int]) -> dict[Key, Digest]:
        self._reporter.check_cancelled()
        return self._digests(self._client.export(kind, ids))

    def _digests(self, data: bytes) -> dict[Key, Digest]:
        assets = read_assets(data, environment=self._client.environment)
        return {asset.key: Digest.of(self._known(asset)) for asset in assets if asset.key in self.wanted}

    def _known(self, asset: Asset) -> Asset:
        return symbolise(as_known(asset, self._client.profile)[0], self._inventory)[0]

    def _missing(self, kind: Kind, ids: Sequence[int]) -> dict[Key, SupersetError]:
        """Assets that were missing from their export: trying again would not help."""
        keys = [key for each in ids if (key := self._inventory.key_of(kind, each)) and key in self.wanted]
        self.wanted.difference_update(keys)
        error: SupersetError = BundleInvalid(
            Message("error.not_in_export"),
            environment=self._client.environment,
            next_step=Message("next.other_uuid"),
        )
        return dict.fromkeys(keys, error)

    def _left_out(self, kind: Kind, asset_id: int, error: SupersetError) -> Hashed:
        key = self._inventory.key_of(kind, asset_id)
        if key is None or key not in self.wanted:
            return Hashed()
        self.wanted.discard(key)
        return Hashed(failed={key: error})
