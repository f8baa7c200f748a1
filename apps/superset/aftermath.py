# [DEF:superset.aftermath:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a write has done whose answer never came: read back, never sent again.
# @RELATION DEPENDS_ON -> superset.protocol
"""What a write has done whose answer never came: read back, never sent again."""

from __future__ import annotations

from collections.abc import Iterable

from apps.superset.assets import Asset, Key
from apps.superset.comparing import comparable
from apps.superset.inventory import read_inventory
from apps.superset.normalize import content_hash
from apps.superset.protocol import Client, Reporter, Silent
from apps.superset.reading import Reading, read


def written(sent: Iterable[Key], removed: Iterable[Key], before: Reading, target: Client) -> list[Key]:
    """Those that are not what they were before the run any more; asked although the run may be cancelled."""
    sent = list(sent)
    with target.uninterrupted():
        inventory = read_inventory(target)
        after = read(target, inventory, sent, Silent())
    changed = [
        key for key in sent if key in inventory and _hash(after.symbolic.get(key)) != _hash(before.symbolic.get(key))
    ]
    return [*changed, *(key for key in removed if key not in inventory)]


def tell(found: list[Key], sent: int, target: Client, reporter: Reporter) -> None:
    reporter.log(
        f"read {target.environment} back: of {sent} assets sent or removed {len(found)} were written",
        level="warning",
        written=[str(key) for key in found],
    )


def _hash(asset: Asset | None) -> str | None:
    return None if asset is None else content_hash(comparable(asset))
