# [DEF:superset.content.comparable:Module]
# @COMPLEXITY: 2
# @PURPOSE: The form in which assets are compared.

from __future__ import annotations

from apps.superset.assets import Asset
from apps.superset.content.normalize import digest, normalize
from apps.superset.content.untouched_keys import carried


def comparable(asset: Asset) -> Asset:
    """What travels of a symbolic asset, normalised."""
    return normalize(carried(asset))


def hash_of(asset: Asset) -> str:
    """The content hash under which a plan knows a symbolic asset."""
    return digest(comparable(asset).document)
