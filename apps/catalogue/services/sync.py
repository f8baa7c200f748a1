# [DEF:catalogue.services.sync:Module]
# @COMPLEXITY: 3
# @PURPOSE: Keeping the catalogue of an environment up to date.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION CALLS -> environments.services.connection
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from apps.catalogue.models import CatalogueAsset, CatalogueSync
from apps.catalogue.services.asset_lists import read_lists
from apps.catalogue.services.content_hashes import refresh_hashes
from apps.core.advice import worded_for_everybody
from apps.core.errors import LockstepError, stored_error
from apps.environments.connections import connected
from apps.environments.models import Environment
from apps.environments.services.connection import note_server
from apps.superset.assets import Kind
from apps.superset.errors import SupersetError
from apps.superset.protocol import Reporter

LIST, HASH = "list", "hash"
"""The stages of a sync."""

PAUSE = 0.02
"""Seconds of rest before each request, by default."""

READ_WHOLE_EVERY = timedelta(days=1)
"""Changes that move no date (a tag, an owner, a clock set back) are only seen by reading a list to its end."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did. `counts` are the assets there are now, by kind; `requests` those it sent."""

    environment: str
    counts: dict[str, int]
    created: int
    changed: int
    removed: int
    hashed: int
    requests: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def sync_catalogue(
    *, environment: Environment, reporter: Reporter, everything: bool = False, pause: float = PAUSE
) -> Synced:
    """Ask for what is new there; with `everything`, read every list to its end and compute every hash again.

    Rests `pause` seconds before each request. Stopped half-way, it keeps what it has, and the next one goes on.
    """
    return _sync(environment, reporter, pause, whole=everything, hashes=True, every_hash=everything)


def refresh_ids(*, environment: Environment, reporter: Reporter, pause: float = PAUSE) -> Synced:
    """Read every list to its end, so that numbers and UUIDs are those of now; no exports, no hashes."""
    return _sync(environment, reporter, pause, whole=True, hashes=False, every_hash=False)


def _sync(
    environment: Environment,
    reporter: Reporter,
    pause: float,
    *,
    whole: bool,
    hashes: bool,
    every_hash: bool,
) -> Synced:
    began, now = time.monotonic(), timezone.now()
    with (
        recorded(environment, now) as state,
        connected(environment, reporter=reporter, rest=pause) as client,
    ):
        whole = whole or _is_due(state.listed_whole, now)
        steps = 2 if hashes else 1
        reporter.stage(LIST, 1, steps)
        lists = read_lists(client, environment, reporter, whole=whole)
        if whole:
            state.listed_whole = now
            note_server(environment, client)
        hashed = 0
        if hashes:
            reporter.stage(HASH, 2, steps)
            hashed = refresh_hashes(client, environment, reporter, everything=every_hash)
        state.counts = count_assets(environment)
        return Synced(
            environment=environment.name,
            counts=state.counts,
            created=lists.created,
            changed=lists.changed,
            removed=lists.removed,
            hashed=hashed,
            requests=sum(client.requests.values()),
            seconds=round(time.monotonic() - began, 1),
        )


@contextmanager
def recorded(environment: Environment, now: datetime) -> Iterator[CatalogueSync]:
    """Remember that a sync began, and how it ended; every error goes on to the caller."""
    state, _ = CatalogueSync.objects.update_or_create(environment=environment, defaults={"started": now})
    try:
        yield state
    except (SupersetError, LockstepError) as error:
        with worded_for_everybody():  # a command may do it, and the catalogue shows it to all
            state.error = {**stored_error(error), "at": timezone.now().isoformat()}
        state.save(update_fields=["error", "listed_whole"])
        raise
    state.finished, state.error = timezone.now(), None
    state.save(update_fields=["finished", "error", "listed_whole", "counts"])


def count_assets(environment: Environment) -> dict[str, int]:
    """How many assets of each kind are stored."""
    rows = CatalogueAsset.objects.filter(environment=environment).order_by().values_list("kind")
    found = dict(rows.annotate(Count("pk")))
    return {kind.value: found.get(kind.value, 0) for kind in reversed(Kind)}


def _is_due(listed_whole: datetime | None, now: datetime) -> bool:
    return listed_whole is None or now - listed_whole > READ_WHOLE_EVERY
