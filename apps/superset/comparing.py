# [DEF:superset.comparing:Module]
# @COMPLEXITY: 3
# @PURPOSE: The form in which assets are compared.
# @RELATION DEPENDS_ON -> superset.normalize

from __future__ import annotations

from apps.superset.assets import Asset
from apps.superset.carried import carried
from apps.superset.normalize import digest, normalize


def comparable(asset: Asset) -> Asset:
    """What travels of a symbolic asset, normalised."""
    return normalize(carried(asset))


def hash_of(asset: Asset) -> str:
    """The content hash under which a plan knows a symbolic asset."""
    return digest(comparable(asset).document)
