# [DEF:catalogue.services.graph:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the assets of an environment are made of, and what uses them, by the dependencies of the last sync.
# @RELATION DEPENDS_ON -> catalogue.services.contents

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from apps.catalogue.models import AssetKind
from apps.catalogue.services.contents import Content, Contents, key_of, keys_in, kind_in

DATABASES = f"{AssetKind.DATABASE}/"


class Graph:
    """Edges lead from an asset to what it depends on, also to what the catalogue does not have."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self._below: dict[str, tuple[str, ...]] = {}
        self._parts: dict[str, tuple[str, ...]] = {}

    def below(self, key: str) -> tuple[str, ...]:
        """Its direct dependencies. Of a dataset that was not read yet, its database is known from the list."""
        found = self._below.get(key)
        if found is None:
            content = self.contents.get(key)
            found = self._below[key] = _dependencies(content) if content else ()
        return found

    def closure(self, root: str) -> set[str]:
        """The asset and all that it depends on."""
        found, waiting = {root}, [root]
        while waiting:
            for key in self.below(waiting.pop()):
                if key not in found:
                    found.add(key)
                    waiting.append(key)
        return found

    def parts(self, root: str) -> tuple[str, ...]:
        """What a plan compares of it: the closure without databases, which are mapped."""
        found = self._parts.get(root)
        if found is None:
            found = self._parts[root] = tuple(key for key in self.closure(root) if not key.startswith(DATABASES))
        return found

    def is_known(self, root: str) -> bool:
        """Whether the dependencies of all in its closure were read."""
        return all((content := self.contents.get(key)) and content.depends_on for key in self.closure(root))

    def users(self, key: str) -> dict[str, str]:
        """All that depends on it → the kind of asset through which it does, shortest way first."""
        found: dict[str, str] = {}
        waiting = [key]
        for below in waiting:  # grows on the way
            for user in self._above.get(below, ()):
                if user not in found and user != key:
                    found[user] = kind_in(below)
                    waiting.append(user)
        return found

    @cached_property
    def _above(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for user in self.contents:
            for key in self.below(user):
                found[key].append(user)
        return found


def _dependencies(content: Content) -> tuple[str, ...]:
    if content.depends_on is None and content.database:
        return (key_of(AssetKind.DATABASE, content.database),)
    return keys_in(content.depends_on)
