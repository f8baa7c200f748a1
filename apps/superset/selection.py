# [DEF:superset.selection:Module]
# @COMPLEXITY: 2
# @PURPOSE: The dashboards that a person selects: by id, UUID or slug, or all of them.

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from apps.contracts.plain_text import name as plain_name
from apps.superset.assets import Kind
from apps.superset.errors import NotFound
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message

CLOSE = 0.7
"""As alike as a misspelt slug or title is to what was meant."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Names of dashboards as typed, or `everything`."""

    names: tuple[str, ...] = ()
    everything: bool = False

    def resolve(self, inventory: Inventory, *, environment: str) -> list[Entry]:
        """The dashboards, without duplicates, by title; NotFound naming all that do not exist."""
        dashboards = inventory.of_kind(Kind.DASHBOARD)
        chosen = dashboards if self.everything else [_find(name, dashboards) for name in self.names]
        if missing := [name for name, entry in zip(self.names, chosen, strict=False) if entry is None]:
            names = ", ".join(f"“{plain_name(name)}”" for name in missing)
            message = Message("error.no_such_dashboards", names=names, count=len(dashboards))
            raise NotFound(message, environment=environment, next_step=_next_step(missing, dashboards))
        found = {entry.key: entry for entry in chosen if entry}
        if not found:
            raise NotFound(Message("error.nothing_to_migrate"), environment=environment)
        return sorted(found.values(), key=lambda entry: (entry.name, entry.key.uuid))


def _next_step(missing: Sequence[str], dashboards: Sequence[Entry]) -> Message:
    """Names the dashboards that were meant, for example by title, in the form that finds them."""
    meant = {entry.key: entry for name in missing for entry in _alike(name, dashboards)}
    if not meant:
        return Message("next.not_found")
    names = ((plain_name(entry.slug or str(entry.id)), plain_name(entry.name)) for entry in meant.values())
    return Message("next.not_found_but", names=", ".join(f"“{found}” ({title})" for found, title in names))


def _alike(name: str, dashboards: Sequence[Entry]) -> Iterator[Entry]:
    known = {text.lower(): entry for entry in dashboards for text in (entry.slug, entry.name) if text}
    yield from (known[text] for text in get_close_matches(name.strip().lower(), known, n=1, cutoff=CLOSE))


def _find(name: str, dashboards: Sequence[Entry]) -> Entry | None:
    """A UUID or slug takes precedence over a number, because a slug may consist of digits."""
    wanted = name.strip().lower()
    for entry in dashboards:
        if wanted in (entry.key.uuid, entry.slug.lower()):
            return entry
    return next((entry for entry in dashboards if wanted == str(entry.id)), None)
