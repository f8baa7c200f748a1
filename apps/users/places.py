# [DEF:users.places:Module]
# @COMPLEXITY: 3
# @PURPOSE: The environment that a person means by the place of a role, which an app above looks up.
# @RELATION DEPENDS_ON -> users.access

from __future__ import annotations

from collections.abc import Callable

from apps.users import messages
from apps.users.access import EVERYWHERE, TIER

_lookups: list[Callable[[str], str | None]] = []


def register(slug_of: Callable[[str], str | None]) -> None:
    """`slug_of` finds the slug of an environment by what a person calls it."""
    _lookups[:] = [slug_of]


def as_stored(where: str) -> str:
    """The slug, where a person gave a name or other letter case; anything else as it is."""
    return _slug(where) or where


def warning(where: str) -> str:
    """A sentence about a place that does not exist, so that a misspelt one is noticed; empty for all others."""
    if where == EVERYWHERE or where.startswith(TIER) or not _lookups or _slug(where):
        return ""
    return str(messages.NO_SUCH_PLACE.format(where=where))


def _slug(where: str) -> str | None:
    return next((found for lookup in _lookups if (found := lookup(where))), None)
