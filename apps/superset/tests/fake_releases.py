"""Supersets in memory that answer as another release does: an older one, and the next one as its documents describe it
(UPDATING.md after 6.1: editors and viewers in place of owners and roles, and deleted assets that are kept)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.superset.assets import Asset, Key, Kind
from apps.superset.content.outgoing import outgoing
from apps.superset.conversion.fields import converted
from apps.superset.releases.base import Access, Release
from apps.superset.releases.supported import release_of
from apps.superset.tests.fake_superset import FakeSuperset

NEXT = "7.0.0"


class OtherRelease(FakeSuperset):
    """Stores and exports only what its release has fields for."""

    def __init__(self, environment: str, version: str, *, first_id: int = 1) -> None:
        super().__init__(environment, first_id=first_id)
        self.version = version

    def release(self) -> Release:
        return release_of(self.version)

    def _exported(self, kind: Kind, asset_id: int) -> dict[str, Any]:
        document = super()._exported(kind, asset_id)
        if kind is Kind.DATABASE:
            return document
        asset, _ = converted(Asset(Key(kind, document["uuid"]), "", document), self.profile)
        written = outgoing(asset, self.profile).document
        return {**asset.document, "metrics": written["metrics"]} if kind is Kind.DATASET else dict(asset.document)


class NextRelease(FakeSuperset):
    """`viewers` are by dashboard; `vocabulary` is what its dashboards can be set."""

    def __init__(self, environment: str, *, first_id: int = 1) -> None:
        super().__init__(environment, first_id=first_id)
        self.vocabulary = Access.SUBJECTS
        self.viewers: dict[Key, list[str]] = {}
        self.kept: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        self.more: Mapping[str, Any] = {}
        """Fields of its datasets that no earlier release has."""

    def release(self) -> Release:
        return release_of(NEXT)

    def access(self) -> Access:
        return self.vocabulary

    def archived(self, kind: Kind) -> frozenset[str]:
        return frozenset(self.kept[kind])

    def delete(self, kind: Kind, ids: Sequence[int]) -> None:
        self.kept[kind] |= {self._key(kind, each).uuid for each in ids}
        super().delete(kind, ids)

    def _exported(self, kind: Kind, asset_id: int) -> dict[str, Any]:
        more = self.more if kind is Kind.DATASET else {}
        return {**super()._exported(kind, asset_id), **more}

    def _people(self, kind: Kind, document: dict[str, Any]) -> dict[str, Any]:
        return {}

    def get(self, kind: Kind, asset_id: int) -> dict[str, Any]:
        found = super().get(kind, asset_id)
        if kind is Kind.DASHBOARD and self.vocabulary is Access.SUBJECTS:
            names = self.viewers.get(self._key(kind, asset_id), [])
            found["viewers"] = [{"id": number, "label": name, "type": 3} for number, name in enumerate(names, start=1)]
        return found
