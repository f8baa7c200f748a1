# [DEF:superset.safekeeping:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a run must leave as it is around the assets that it overwrites: taken before it writes, given back
#   where an import changed it, and held against what is there at the end.
# @RELATION CALLS -> superset.attachments
# @RELATION DEPENDS_ON -> superset.inventory

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from apps.superset.assets import Bundle, Key
from apps.superset.attachments import (
    Attachments,
    changed_attachments,
    from_document,
    intended,
    owners_to_set,
    read_attachments,
    to_document,
)
from apps.superset.inventory import Inventory
from apps.superset.protocol import Client
from apps.superset.reading import Reading

FILE = "attachments.yaml"
"""Where a snapshot keeps them, beside its assets."""


class Safekeeping:
    """Of one run. `content` is what it writes: a plan's, or the snapshot of the run that it undoes, which tells who
    owned the assets before that."""

    def __init__(self, target: Client, content: Bundle) -> None:
        self._target, self._content = target, content
        self._wanted: Attachments = {}

    def take(self, inventory: Inventory, keys: Iterable[Key], before: Reading) -> Mapping[str, Mapping[str, Any]]:
        """Of these assets, those that the run overwrites; as files for its snapshot."""
        overwritten = [key for key in keys if key in self._content]
        found = read_attachments(self._target, inventory, overwritten, before) if overwritten else {}
        first = from_document(self._content.extras.get(FILE))
        self._wanted = intended(found, first, self._target.account().id) if first else found
        return {FILE: to_document(found)}

    def owners(self, keys: Iterable[Key]) -> Iterator[tuple[Key, list[int]]]:
        """Whom each of these belongs to, where an import has just made the account an owner and it is to be none."""
        keys = set(keys)
        if self._wanted:
            yield from (pair for pair in owners_to_set(self._wanted, self._target.account().id) if pair[0] in keys)

    def changed(self, inventory: Inventory, after: Reading, name: Callable[[Key], str]) -> list[str]:
        """One sentence for whatever is not as it should be."""
        found = read_attachments(self._target, inventory, self._wanted, after)
        return list(changed_attachments(self._wanted, found, name))
