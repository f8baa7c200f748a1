# [DEF:superset.plan.attachment:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a plan sets beside the documents of assets: access, tags, themes, embedding, templates, queries and
#   reports, and who then sees what.

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from apps.superset.assets import Key, Kind
from apps.superset.messages.marking import gettext_noop as _


class Aspect(StrEnum):
    """What hangs on assets without being in their documents, in the order in which a run sets it."""

    TAGS = "tags"
    RULES = "rules"
    ANNOTATIONS = "annotations"
    OWNERS = "owners"
    ROLES = "roles"
    THEMES = "themes"
    EMBEDDING = "embedding"
    CSS = "css"
    QUERIES = "queries"
    REPORTS = "reports"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of asset that have it. Superset 6.1 refuses tags of datasets (PUT /dataset, 422; seen)."""
        return KINDS[self]


KINDS: Mapping[Aspect, tuple[Kind, ...]] = {
    Aspect.ANNOTATIONS: (Kind.CHART,),
    Aspect.CSS: (Kind.DASHBOARD,),
    Aspect.EMBEDDING: (Kind.DASHBOARD,),
    Aspect.OWNERS: (Kind.DATASET, Kind.CHART, Kind.DASHBOARD),
    Aspect.QUERIES: (Kind.DATASET,),
    Aspect.REPORTS: (Kind.CHART, Kind.DASHBOARD),
    Aspect.ROLES: (Kind.DASHBOARD,),
    Aspect.RULES: (Kind.DATASET,),
    Aspect.TAGS: (Kind.CHART, Kind.DASHBOARD),
    Aspect.THEMES: (Kind.DASHBOARD,),
}

TITLES: Mapping[Aspect, str] = {
    Aspect.OWNERS: _("Owners"),
    Aspect.ROLES: _("Roles"),
    Aspect.RULES: _("Row level security"),
    Aspect.TAGS: _("Tags"),
    Aspect.ANNOTATIONS: _("Annotation layers"),
    Aspect.EMBEDDING: _("Embedding"),
    Aspect.THEMES: _("Theme"),
    Aspect.CSS: _("CSS templates"),
    Aspect.QUERIES: _("Saved queries"),
    Aspect.REPORTS: _("Alerts and reports"),
}

NOUNS: Mapping[Aspect, str] = {
    Aspect.RULES: "rule",
    Aspect.CSS: "template",
    Aspect.QUERIES: "query",
    Aspect.REPORTS: "report",
}
"""What has a name of its own."""

RECORDS: Mapping[Aspect, tuple[str, ...]] = {
    Aspect.CSS: (),
    Aspect.QUERIES: ("database", "schema"),
    Aspect.REPORTS: ("type",),
}
"""What exists by itself, as a row of its own that is matched by its name and these facts."""

Slot = tuple[Key, Aspect, str, tuple[str, ...]]

ANY_DOMAIN = _("any domain")
"""The name of embedding that is not restricted."""

ANYONE = _("anyone, without signing in")
"""Who sees a dashboard through the role for the public."""

NOTHING = "none"
"""The word for carrying nothing, where an empty choice means “as before”."""


@dataclass(frozen=True, slots=True)
class Item:
    """One owner, role, rule or tag of the target: its number there, None if the run creates it, and its name; or how a
    dashboard may be embedded, which has no number. `facts` are those of a rule, of embedding, or of a record."""

    id: int | None
    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, **({"facts": dict(self.facts)} if self.facts else {})}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["id"], data["name"], data.get("facts", {}))


Items = tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """One aspect of one asset of the target, before and after the migration. A rule or record stands by an asset of the
    plan, and `name` is its own; otherwise that of the asset."""

    key: Key
    aspect: Aspect
    name: str
    before: Items
    after: Items

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.after if item.name not in _names(self.before))

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.before if item.name not in _names(self.after))

    @property
    def slot(self) -> Slot:
        """What tells it from all others of a plan."""
        facts = next((item.facts for item in (*self.before, *self.after)), {})
        own = ("layer",) if self.is_layer else tuple(str(facts.get(each)) for each in RECORDS.get(self.aspect, ()))
        return self.key, self.aspect, self.name, own

    @property
    def keys(self) -> frozenset[Key]:
        """What it concerns: its asset, of a rule all datasets that it has or gets, as far as they are known, of an
        annotation layer the charts that show it, and of a report what it was and is about."""
        items = (*self.before, *self.after)
        found = [each for item in items for name in ("tables", "charts") for each in item.facts.get(name, ())]
        found += [item.facts.get("about") for item in items]
        return frozenset({self.key, *(Key.parse(each) for each in found if isinstance(each, str))})

    @property
    def is_layer(self) -> bool:
        """An annotation layer, which stands by its first chart in the plan; otherwise, what a chart shows of them."""
        items = (*self.before, *self.after)
        return self.aspect is Aspect.ANNOTATIONS and any("descr" in item.facts for item in items)

    @property
    def is_on_asset(self) -> bool:
        """Whether setting it changes the asset: a record only stands by one."""
        return self.aspect not in RECORDS and not self.is_layer

    @property
    def noun(self) -> str:
        """What it is called: by a word of its own, or as its asset."""
        return "layer" if self.is_layer else NOUNS.get(self.aspect, self.key.kind.value)

    @property
    def inverse(self) -> Attachment:
        return Attachment(self.key, self.aspect, self.name, self.after, self.before)

    def to_json(self) -> dict[str, Any]:
        before, after = ([item.to_json() for item in side] for side in (self.before, self.after))
        asset = {"kind": self.key.kind.value, "uuid": self.key.uuid, "name": self.name}
        return {**asset, "aspect": self.aspect.value, "before": before, "after": after}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        before, after = (tuple(map(Item.from_json, data[side])) for side in ("before", "after"))
        return cls(Key.parse(f"{data['kind']}/{data['uuid']}"), Aspect(data["aspect"]), data["name"], before, after)


@dataclass(frozen=True, slots=True)
class Access:
    """Who can see a dashboard of the target before and after the migration, by user name, or ANYONE; None if that is
    unknown, because the account may read neither users nor roles."""

    key: Key
    name: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None

    @property
    def known(self) -> bool:
        return self.before is not None and self.after is not None

    @property
    def gained(self) -> tuple[str, ...]:
        return tuple(sorted({*(self.after or ())} - {*(self.before or ())}))

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(sorted({*(self.before or ())} - {*(self.after or ())}))

    def to_json(self) -> dict[str, Any]:
        before, after = (None if side is None else list(side) for side in (self.before, self.after))
        return {"uuid": self.key.uuid, "name": self.name, "before": before, "after": after}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        before, after = (None if data[side] is None else tuple(data[side]) for side in ("before", "after"))
        return cls(Key(Kind.DASHBOARD, data["uuid"]), data["name"], before, after)


def _names(items: Iterable[Item]) -> set[str]:
    return {item.name for item in items}
