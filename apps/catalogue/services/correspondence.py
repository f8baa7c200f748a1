# [DEF:catalogue.services.correspondence:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which asset of one environment stands for which of another, by what people confirmed in either direction.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> catalogue.services.contents

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container
from dataclasses import dataclass, field

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from apps.catalogue.models import AssetPairing, DatabaseMapping
from apps.catalogue.services.contents import key_of
from apps.environments.models import Environment


@dataclass(frozen=True, slots=True)
class Correspondence:
    """From an environment to another. A pairing holds in both directions; of several databases that are mapped to one,
    each stands for it."""

    assets: dict[str, str] = field(default_factory=dict)
    mapped: dict[str, str] = field(default_factory=dict)
    mapped_back: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def counterpart(self, key: str) -> str:
        return self.assets.get(key, key)

    def is_database(self, one: str, other: str | None, there: Container[str]) -> bool | None:
        """Whether the other stands for the one, as a plan would map it: by what was confirmed, or an equal UUID. None
        if nothing is said of the one. Both are UUIDs as a catalogue has them."""
        if one in self.mapped:
            return self.mapped[one] == other
        if key_of("database", one) in there:
            return one == other
        return other in self.mapped_back[one] if one in self.mapped_back else None


def correspondences(environment: Environment, others: Collection[Environment]) -> dict[int, Correspondence]:
    """To each of the others, by its primary key. What was confirmed in this direction counts before the other."""
    found = {each.pk: Correspondence() for each in others}
    pairings = AssetPairing.objects.filter(_between(environment, found))
    back = []
    for source, target, kind, *uuids in pairings.values_list("source", "target", "kind", *UUIDS):
        one, other = (key_of(kind, uuid) for uuid in uuids)
        if source == environment.pk:
            found[target].assets[one] = other
        else:
            back.append((found[source].assets, other, one))
    for assets, one, other in back:
        assets.setdefault(one, other)
    mappings = DatabaseMapping.objects.filter(_between(environment, found))
    for source, target, one, other in mappings.values_list("source", "target", *TEXTS):
        if source == environment.pk:
            found[target].mapped[one] = other
        else:
            found[source].mapped_back[other].add(one)
    return found


UUIDS = ("source_uuid", "target_uuid")
TEXTS = tuple(Cast(field, CharField()) for field in UUIDS)
"""As `contents` has them."""


def _between(environment: Environment, others: Collection[int]) -> Q:
    return Q(source=environment, target__in=others) | Q(target=environment, source__in=others)
