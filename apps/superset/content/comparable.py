# [DEF:superset.content.comparable:Module]
# @COMPLEXITY: 2
# @PURPOSE: The form in which assets are compared.

from __future__ import annotations

from apps.superset.assets import Asset
from apps.superset.content.normalize import digest, normalize
from apps.superset.content.untouched_keys import carried


def comparable(asset: Asset) -> Asset:
    """The part of a symbolic asset that travels, normalised."""
    return normalize(carried(asset))


def hash_of(asset: Asset) -> str:
    """The content hash of a symbolic asset, as plans use it."""
    return digest(comparable(asset).document)
