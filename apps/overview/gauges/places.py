# [DEF:overview.gauges.places:Module]
# @COMPLEXITY: 3
# @PURPOSE: Gauges of the environments: whether they answer, how old their catalogues are, and how far they differ.
# @RELATION DEPENDS_ON -> overview.gauges.gauge
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> catalogue.models

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import combinations
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import connection

from apps.catalogue.models import AssetKind
from apps.environments.models import Environment, Tier
from apps.overview.gauges.gauge import Gauge, seconds_since

ENVIRONMENT = ("environment",)

COMPARED = (AssetKind.DATASET, AssetKind.CHART, AssetKind.DASHBOARD)
"""Databases are mapped, not compared."""

KEPT = 3600
"""Seconds."""

_DIFFERENT = """
SELECT one.environment_id, other.environment_id, one.kind, COUNT(*)
FROM catalogue_catalogueasset one
JOIN environments_environment there ON there.id > one.environment_id
JOIN catalogue_catalogueasset other
  ON other.environment_id = there.id AND other.kind = one.kind AND other.uuid = one.uuid
WHERE one.hashed_version = one.version AND other.hashed_version = other.version
  AND one.portable_hash <> '' AND other.portable_hash <> '' AND one.portable_hash <> other.portable_hash
GROUP BY one.environment_id, other.environment_id, one.kind
"""


class Place(NamedTuple):
    pk: int
    slug: str
    tier: str
    release: str
    contact: datetime | None
    error: dict[str, Any] | None
    synced: datetime | None

    @property
    def works(self) -> bool:
        return not self.error

    @property
    def line(self) -> str:
        """`6.1` of `6.1.0`: other release lines write the same asset differently."""
        return ".".join(self.release.split(".")[:2])


def environment_gauges(now: datetime) -> Iterator[Gauge]:
    """Two queries, or one if no sync has ended since the last time. Only enabled ones: nobody asks the others."""
    places = _places()
    works = {(each.slug,): float(each.works) for each in places if each.contact or not each.works}
    yield Gauge("lockstep_environment_up", "Whether the last contact succeeded.", ENVIRONMENT, works)
    contact = {(each.slug,): seconds_since(each.contact, now) for each in places if each.contact}
    yield Gauge("lockstep_environment_contact_age_seconds", "Seconds since that contact.", ENVIRONMENT, contact)
    synced = {(each.slug,): seconds_since(each.synced, now) for each in places if each.synced}
    yield Gauge("lockstep_environment_sync_age_seconds", "Seconds since the last complete sync.", ENVIRONMENT, synced)
    yield _drift(places)


def _places() -> list[Place]:
    """On the way to production, then by name."""
    columns = ("pk", "slug", "tier", "release", "last_contact", "last_error", "catalogue_sync__finished")
    rows = Environment.objects.filter(enabled=True).order_by("name").values_list(*columns)
    places = [Place(*facts) for facts in rows]
    return sorted(places, key=lambda place: list(Tier).index(Tier(place.tier)))


def _drift(places: list[Place]) -> Gauge:
    """Only of environments of one release line with a catalogue each."""
    syncs = sorted((each.pk, each.synced) for each in places if each.synced)
    key = f"drift:{hash(tuple(syncs))}"  # it takes a tenth of a second, and only a sync changes it
    different = cache.get_or_set(key, _different, KEPT) or {}
    counts = {
        (one.slug, other.slug, kind.value): different.get((min(one.pk, other.pk), max(one.pk, other.pk), kind), 0)
        for one, other in combinations(places, 2)
        if one.synced and other.synced and one.line == other.line
        for kind in COMPARED
    }
    meaning = "Assets with one UUID in both environments whose own content differs, by the last syncs."
    return Gauge("lockstep_drift_assets", meaning, ("source", "target", "kind"), counts)


def _different() -> Mapping[tuple[int, int, str], int]:
    """By the two environments, that with the lower number first, and the kind."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        return {(one, other, kind): count for one, other, kind, count in cursor.fetchall()}
