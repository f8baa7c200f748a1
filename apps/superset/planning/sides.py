# [DEF:superset.planning.sides:Module]
# @COMPLEXITY: 2
# @PURPOSE: The request for a plan, and the two environments that it is made from.
# @RELATION DEPENDS_ON -> superset.planning.sources
# @RELATION DEPENDS_ON -> superset.carry.counterparts
# @RELATION CALLS -> superset.plan.refusal

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apps.superset.assets import Key, Kind
from apps.superset.carry.counterparts import Counterparts
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.refusal import Refusal, refuse_plan
from apps.superset.planning.refusals import OverwriteLimit
from apps.superset.planning.sources import Gathered
from apps.superset.protocol import Client
from apps.superset.selection import Selection


@dataclass(frozen=True, slots=True)
class Request:
    """The request. `mapping` is by database UUID, `pairing` by key, both source → target, both confirmed;
    `acknowledged` has the names of refusals that become warnings."""

    selection: Selection
    mapping: Mapping[str, str] = field(default_factory=dict)
    pairing: Mapping[Key, Key] = field(default_factory=dict)
    limits: OverwriteLimit = field(default_factory=OverwriteLimit)
    acknowledged: frozenset[str] = frozenset()
    carry: frozenset[Aspect] = frozenset()
    """What travels beside the documents."""

    connections: frozenset[str] = frozenset()
    """UUIDs of databases of the source whose connections are created on the target."""

    prune: bool = False
    """Also delete the orphans that nothing uses any more."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The source and the target of one request, with what was gathered from them."""

    source: Client
    target: Client
    request: Request
    gathered: Gathered
    counterparts: Counterparts = field(default_factory=Counterparts)

    @property
    def here(self) -> Inventory:
        return self.gathered.inventories.here

    @property
    def there(self) -> Inventory:
        return self.gathered.inventories.there

    @property
    def mapping(self) -> Mapping[str, str]:
        """The requested mapping. A database with the same UUID on both sides is mapped to itself, and so is one that
        the plan creates."""
        same = {entry.key.uuid: entry.key.uuid for entry in self.here.of_kind(Kind.DATABASE) if entry.key in self.there}
        created = {uuid: uuid for uuid in self.request.connections}
        return {**same, **self.request.mapping, **created}

    @property
    def sources(self) -> Mapping[Key, Key]:
        """The key on the source of what is paired with another asset of the target."""
        return {paired: key for key, paired in self.request.pairing.items()}

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Raise PlanUnsafe with all of these, if there are any."""
        refuse_plan(refusals, self.target.environment)
