# [DEF:catalogue.services.drift:Module]
# @COMPLEXITY: 2
# @PURPOSE: Whether an asset, with all that it is made of, is the same in another environment, by the last syncs.
# @RELATION DEPENDS_ON -> catalogue.services.graph
# @RELATION DEPENDS_ON -> catalogue.services.correspondence
# @RELATION CALLS -> catalogue.messages

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.catalogue import messages
from apps.catalogue.services.contents import Content, Contents, keys_in, kind_in
from apps.catalogue.services.correspondence import Correspondence
from apps.catalogue.services.graph import Graph
from apps.environments.models import Environment


class State(StrEnum):
    """Of an asset, as seen in another environment."""

    SAME = "same"
    DIFFERS = "differs"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Side:
    """One environment, and what its catalogue knows. Of the assets in `written` that is no longer so."""

    environment: Environment
    contents: Contents
    synced: bool
    written: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """`differs` counts the assets of the closure that differ or are missing there; databases are mapped, and do not
    count. The reason is a sentence where the state is unknown."""

    state: State
    differs: int
    counterpart: Content | None
    reason: str = ""


class Drift:
    """Of one environment from another."""

    def __init__(self, here: Side, there: Side, pairs: Correspondence, graph: Graph) -> None:
        self.here, self.there, self.pairs, self.graph = here, there, pairs, graph
        self._states: dict[str, State] = {}
        self._comparable = _line(here.environment) == _line(there.environment)

    def standing(self, root: str) -> Standing:
        counterpart = self.there.contents.get(self.pairs.counterpart(root))
        if not self.there.synced:
            reason = messages.NEVER_SYNCED.format(environment=self.there.environment)
            return Standing(State.UNKNOWN, 0, counterpart, reason)
        keys = self.graph.parts(root)
        states = [self.state(key) for key in keys]
        differs = states.count(State.DIFFERS) + states.count(State.MISSING)
        if counterpart is None and self.state(root) is State.MISSING:
            return Standing(State.MISSING, differs, None)
        if State.UNKNOWN in states:
            unknown = (key for key, state in zip(keys, states, strict=True) if state is State.UNKNOWN)
            return Standing(State.UNKNOWN, differs, counterpart, self._why(unknown))
        return Standing(State.DIFFERS if differs else State.SAME, differs, counterpart)

    def state(self, key: str) -> State:
        """Of the asset alone."""
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = self._compared(key)
        return found

    def _compared(self, key: str) -> State:
        one, other = self.here.contents.get(key), self.there.contents.get(self.pairs.counterpart(key))
        if one is None or not self.there.synced or self._written(key):
            return State.UNKNOWN
        if other is None:
            return State.MISSING
        if not one.portable_hash or not other.portable_hash:
            return State.UNKNOWN
        if one.portable_hash != other.portable_hash:
            return State.DIFFERS if self._comparable else State.UNKNOWN
        if not self._names_the_same(one, other):
            return State.DIFFERS
        return self._by_database(one, other)

    def _names_the_same(self, one: Content, other: Content) -> bool:
        if not self.pairs.assets:
            return one.names == other.names
        return tuple(map(self.pairs.counterpart, keys_in(one.names))) == keys_in(other.names)

    def _by_database(self, one: Content, other: Content) -> State:
        if not one.database:
            return State.SAME
        found = self.pairs.is_database(one.database, other.database, self.there.contents)
        return {True: State.SAME, False: State.DIFFERS, None: State.UNKNOWN}[found]

    def _written(self, key: str) -> Environment | None:
        """Where a migration wrote the asset, or may have, since the last sync."""
        if self.pairs.counterpart(key) in self.there.written:
            return self.there.environment
        return self.here.environment if key in self.here.written else None

    def _why(self, unknown: Iterable[str]) -> str:
        """Of the first one by its name in order, so that two answers say the same."""
        key = min(unknown)
        facts = {"here": self.here.environment, "there": self.there.environment, "kind": messages.KINDS[kind_in(key)]}
        one, other = self.here.contents.get(key), self.there.contents.get(self.pairs.counterpart(key))
        if written := self._written(key):
            return messages.WRITTEN_SINCE.format(environment=written)
        if one is None:
            return str(messages.DEPENDENCY_GONE.format(**facts))
        if not one.portable_hash:
            return str(messages.NOT_READ.format(name=one.name, environment=self.here.environment, **facts))
        if other and not other.portable_hash:
            return str(messages.NOT_READ.format(name=other.name, environment=self.there.environment, **facts))
        if other and one.portable_hash != other.portable_hash:
            releases = {"here_release": self.here.environment.release, "there_release": self.there.environment.release}
            return str(messages.OTHER_RELEASE.format(name=one.name, **releases, **facts))
        return str(messages.NOT_MAPPED.format(name=one.name, **facts))


def _line(environment: Environment) -> str:
    """`6.1` of `6.1.0`: what another release line exports may differ although a plan would find nothing to do."""
    return ".".join(environment.release.split(".")[:2])
