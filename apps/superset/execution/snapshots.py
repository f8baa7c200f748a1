# [DEF:superset.execution.snapshots:Module]
# @COMPLEXITY: 3
# @PURPOSE: Preserves what is attached to overwritten assets: recorded first, restored if an import changed it, and
#   compared at the end.
# @RELATION CALLS -> superset.remote.attachments
# @RELATION DEPENDS_ON -> superset.inventory
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.references.serialization

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from apps.superset.assets import Asset, Bundle, Key
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Slot
from apps.superset.protocol import Client
from apps.superset.references.serialization import pack
from apps.superset.remote.attachments import (
    OWNERS,
    Attachments,
    changed_attachments,
    from_document,
    intended,
    owners_to_set,
    read_attachments,
    to_document,
)
from apps.superset.remote.exports import Exported

FOLDER = "attachments"
"""Where a snapshot stores them, next to its assets: one file each, so that of several snapshots the first counts."""

OTHERS = "tags/of_others.yaml"
"""What others had created by the names that the plan creates."""

SET = "set"
"""Where a snapshot names what the run sets beside the documents: one file each, so that several snapshots add up."""


class Safekeeping:
    """The attachments of one run. `first` are the snapshots of earlier runs that this one undoes or completes: they
    show who owned the assets before any of them."""

    def __init__(self, target: Client, first: Bundle) -> None:
        self._target = target
        self.first = first
        self._first_files = first.extras
        self._first = _from_files(first.extras)
        self._found: Attachments = {}
        self._wanted: Attachments = {}
        self._others: Mapping[str, Any] | None = None
        self._set: list[Slot] = []
        self._assets: tuple[Asset, ...] = ()
        self.resumed = bool(first.assets or first.extras)

    @property
    def others(self) -> Mapping[str, Any]:
        """What others had created before the first run."""
        found = self._first_files.get(OTHERS)
        return found if isinstance(found, Mapping) else {}

    def keep_others(self, found: Mapping[str, Any]) -> None:
        """For the snapshot: also if there is nothing, because of several snapshots the first counts."""
        self._others = found

    def set_by_run(self, slots: Iterable[Slot]) -> None:
        """For the snapshot: an undo takes back nothing else."""
        self._set += slots

    def take(self, assets: Iterable[Asset], inventory: Inventory, keys: Iterable[Key], before: Exported) -> None:
        """For the snapshot: these, and what is attached to those that the run overwrites."""
        self._assets = tuple(assets)
        keys = [key for key in keys if key in inventory]
        self._found = read_attachments(self._target, inventory, keys, before) if keys else {}
        self._wanted = intended(self._found, self._first, self._target.account().id) if self._first else self._found

    @property
    def packed(self) -> bytes:
        """The snapshot."""
        others = {} if self._others is None else {OTHERS: self._others}
        held = {_path(key): to_document(aspects) for key, aspects in self._found.items()}
        own = {path_of(slot): {"asset": str(slot[0]), "aspect": slot[1].value, "name": slot[2]} for slot in self._set}
        return pack(self._assets, root="snapshot", extras={**held, **others, **own})

    def leave(self, key: Key, aspect: str) -> None:
        """The run sets this itself."""
        if aspect in self._wanted.get(key, {}):
            kept = {name: each for name, each in self._wanted[key].items() if name != aspect}
            self._wanted = {**self._wanted, key: kept}

    def owners(self, keys: Iterable[Key], sent: Collection[Key]) -> Iterator[tuple[Key, list[int]]]:
        """The owners of each asset that the import of what was `sent` has made the account an owner of, although it
        should not be one."""
        keys = set(keys)
        if self._wanted:
            account = self._target.account().id
            for key, owners in owners_to_set(self._wanted, account):
                if key in keys and (key in sent or str(account) in self._found[key][OWNERS]):
                    yield key, owners

    def without_account(self, owners: Iterable[str]) -> list[int]:
        account = str(self._target.account().id)
        return [int(owner) for owner in owners if owner != account]

    def changed(self, inventory: Inventory, after: Exported, name: Callable[[Key], str]) -> list[str]:
        """One sentence per deviation."""
        found = read_attachments(self._target, inventory, self._wanted, after) if self._wanted else {}
        return list(changed_attachments(self._wanted, found, name))


def path_of(slot: Slot) -> str:
    key, *rest = slot
    return f"{SET}/{hashlib.sha256(json.dumps([str(key), *rest]).encode()).hexdigest()}.yaml"


def _path(key: Key) -> str:
    return f"{FOLDER}/{key.kind}/{key.uuid}.yaml"


def _from_files(extras: Mapping[str, Any]) -> Attachments:
    found = {}
    for path, document in extras.items():
        folder, _, name = path.partition("/")
        if folder == FOLDER:
            found[Key.parse(name.removesuffix(".yaml"))] = from_document(document)
    return found
