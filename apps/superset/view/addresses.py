# [DEF:superset.view.addresses:Module]
# @COMPLEXITY: 2
# @PURPOSE: Where a browser finds an asset in Superset.
# @RELATION CALLS -> superset.releases.supported

from __future__ import annotations

from collections.abc import Callable

from apps.superset.assets import Kind
from apps.superset.errors import NotConfigured
from apps.superset.releases.supported import LATEST, release_of

Page = Callable[[str, str, int | None], str | None]
"""From kind, UUID and id of an asset to its address; None for kinds that have no page of their own, and where an id
that the address needs is not known."""


def pages_of(url: str, release: str) -> Page:
    """By the release that last answered at this address; before that, by the latest that is supported."""
    try:
        pages = release_of(release).pages
    except NotConfigured:
        pages = LATEST.pages
    server = url.rstrip("/")

    def page(kind: str, uuid: str, number: int | None) -> str | None:
        path = pages.get(Kind(kind)) if server else None
        if path is None or (number is None and "{id}" in path):
            return None
        return server + path.format(uuid=uuid, id=number)

    return page
