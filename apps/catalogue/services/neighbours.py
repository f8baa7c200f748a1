# [DEF:catalogue.services.neighbours:Module]
# @COMPLEXITY: 3
# @PURPOSE: An environment beside all others that a user may see: in what order, and how its assets stand there.
# @RELATION DEPENDS_ON -> catalogue.services.drift
# @RELATION CALLS -> superset.view.addresses
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from apps.catalogue.models import AssetKind, CatalogueSync
from apps.catalogue.policies import VIEW
from apps.catalogue.services.contents import read_contents, uuid_in
from apps.catalogue.services.correspondence import correspondences
from apps.catalogue.services.drift import Drift, Side, Standing
from apps.catalogue.services.graph import Graph
from apps.environments.models import Environment, Tier
from apps.superset.view.addresses import Page, pages_of
from apps.users.models import User
from apps.users.policies import access_of

WrittenIn = Callable[[Collection[Environment]], Mapping[int, Collection[str]]]

ON_THE_WAY = tuple(Tier)
"""From tier to tier, as content travels."""


def other_environments(user: User, environment: Environment) -> list[Environment]:
    """Those whose catalogue the user may see: first the next one on the way to production, last those before it."""
    condition = access_of(user).condition(VIEW, "")
    if condition is None:
        return []
    found = Environment.objects.visible_to(user).filter(condition).exclude(pk=environment.pk).defer("secret")
    return sorted(found, key=lambda other: (_steps(environment, other), other.name))


def _steps(environment: Environment, other: Environment) -> tuple[bool, int]:
    """Onward before back, near before far."""
    steps = ON_THE_WAY.index(Tier(other.tier)) - ON_THE_WAY.index(Tier(environment.tier))
    return steps <= 0, abs(steps)


class Neighbours:
    """Reads all that it takes with a handful of queries, however many assets and environments there are. `written_in`
    finds what was written in environments since their last sync, by primary key."""

    def __init__(
        self, user: User, environment: Environment, kind: AssetKind, *, written_in: WrittenIn = lambda _: {}
    ) -> None:
        self.environment = environment
        self.others = other_environments(user, environment)
        everywhere = [environment, *self.others]
        contents = read_contents(environment, self.others, _up_to(kind))
        synced = _synced(everywhere)
        written = written_in(everywhere)
        here, *there = (
            Side(each, contents[each.pk], each.pk in synced, written.get(each.pk, ())) for each in everywhere
        )
        self.pairs = correspondences(environment, self.others)
        self.contents, self.graph = here.contents, Graph(here.contents)
        self.drifts = {
            side.environment.slug: Drift(here, side, self.pairs[side.environment.pk], self.graph) for side in there
        }
        self.pages: dict[str, Page] = {each.slug: pages_of(each.url, each.release) for each in everywhere}

    def elsewhere(self, key: str) -> dict[str, dict[str, Any]]:
        """How the asset stands in each of the others, by their short names."""
        return {slug: self._shown(slug, drift.standing(key)) for slug, drift in self.drifts.items()}

    def _shown(self, slug: str, standing: Standing) -> dict[str, Any]:
        found = standing.counterpart
        shown = {"state": standing.state.value, "differs": standing.differs, "reason": standing.reason}
        if found is None:
            return {**shown, "uuid": None, "id": None, "url": None}
        uuid = uuid_in(found.key)
        kind = found.key.partition("/")[0]
        return {**shown, "uuid": uuid, "id": found.id, "url": self.pages[slug](kind, uuid, found.id)}


def _up_to(kind: AssetKind) -> list[AssetKind]:
    """The kinds that an asset of this kind can be made of."""
    kinds = list(AssetKind)
    return kinds[: kinds.index(kind) + 1]


def _synced(environments: Iterable[Environment]) -> set[int]:
    finished = CatalogueSync.objects.filter(environment__in=[each.pk for each in environments], finished__isnull=False)
    return set(finished.values_list("environment_id", flat=True))
