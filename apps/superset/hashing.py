# [DEF:superset.hashing:Module]
# @COMPLEXITY: 3
# @PURPOSE: The content hash of many assets: exported in batches, never more than one batch in memory, and of that
#   one asset at a time made of its text.
# @RELATION DEPENDS_ON -> superset.reading

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from apps.superset.assets import Key, Kind
from apps.superset.bundle import read_assets
from apps.superset.comparing import hash_of
from apps.superset.errors import BundleInvalid, NotFound, ServerFault, SupersetError
from apps.superset.inventory import Inventory
from apps.superset.protocol import Client, Reporter
from apps.superset.reading import BATCH
from apps.superset.symbolise import symbolise

SPOILT = (NotFound, BundleInvalid, ServerFault)
"""What one asset can do to the export of a whole batch: gone meanwhile, broken content, a fault of Superset's own."""

PATIENCE = 12
"""Failed exports in a row after which it is the server that is at fault, not an asset. Halving fifty takes six."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """The outcome of a batch: hashes by key, and why there are none."""

    hashes: dict[Key, str] = field(default_factory=dict)
    failed: dict[Key, SupersetError] = field(default_factory=dict)


class Hashing:
    """Takes the hashes of some assets of one environment, whose ids the inventory knows.

    An export brings along what its assets depend on, so the dashboards are asked for first and of the other kinds only
    what did not come with them: `wanted` shrinks as it goes.
    """

    def __init__(self, client: Client, inventory: Inventory, wanted: Collection[Key], reporter: Reporter) -> None:
        self.wanted = set(wanted)
        self._client = client
        self._inventory = inventory
        self._reporter = reporter
        self._failures = 0

    def batches(self, kind: Kind) -> Iterator[Hashed]:
        """Hashes of all wanted assets of this kind, and of what is wanted of the others and came along."""
        ids = self._inventory.ids(key for key in self.wanted if key.kind is kind)
        for start in range(0, len(ids), BATCH[kind]):
            batch = ids[start : start + BATCH[kind]]
            yield from self._taken(kind, batch)
            self._reporter.progress(f"hash {kind}s of {self._client.environment}", start + len(batch), len(ids))

    def along_with(self, kind: Kind, asset_id: int) -> Iterator[Hashed]:
        """Hashes of what is wanted and comes along with this one asset."""
        yield from self._taken(kind, [asset_id])

    def _taken(self, kind: Kind, ids: Sequence[int]) -> Iterator[Hashed]:
        """Halve a batch that cannot be exported until only the asset at fault is left out."""
        self._reporter.check_cancelled()
        try:
            hashed = self._hashes(self._client.export(kind, ids))
        except SPOILT as error:
            self._failures += 1
            if self._failures > PATIENCE:
                raise
            if len(ids) == 1:
                yield self._left_out(kind, ids[0], error)
                return
            middle = len(ids) // 2
            yield from self._taken(kind, ids[:middle])
            yield from self._taken(kind, ids[middle:])
        else:
            self._failures = 0
            self.wanted.difference_update(hashed)
            yield Hashed(hashed, self._missing(kind, ids))

    def _hashes(self, data: bytes) -> dict[Key, str]:
        assets = read_assets(data, environment=self._client.environment)
        return {
            asset.key: hash_of(symbolise(asset, self._inventory)[0]) for asset in assets if asset.key in self.wanted
        }

    def _missing(self, kind: Kind, ids: Sequence[int]) -> dict[Key, SupersetError]:
        """Those that were asked for and did not come: asked for again, they would not come either."""
        keys = [key for each in ids if (key := self._inventory.key_of(kind, each)) and key in self.wanted]
        self.wanted.difference_update(keys)
        error: SupersetError = BundleInvalid(
            "the export that was asked for it does not hold it",
            environment=self._client.environment,
            next_step="Open it in Superset: its UUID there is another one, or it is broken.",
        )
        return dict.fromkeys(keys, error)

    def _left_out(self, kind: Kind, asset_id: int, error: SupersetError) -> Hashed:
        key = self._inventory.key_of(kind, asset_id)
        if key is None or key not in self.wanted:
            return Hashed()
        self.wanted.discard(key)
        return Hashed(failed={key: error})
