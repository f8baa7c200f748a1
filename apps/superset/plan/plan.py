# [DEF:superset.plan.plan:Module]
# @COMPLEXITY: 2
# @PURPOSE: The plan: a frozen document of what a migration will do, with a checksum over its content.

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from apps.superset.assets import Key
from apps.superset.diff.difference import Difference
from apps.superset.messages.message import Message, message_of
from apps.superset.plan.attachment import Access, Aspect, Attachment
from apps.superset.plan.connection import NewConnection
from apps.superset.plan.reliance import Reliance

FORMAT = 1


class Action(StrEnum):
    """What happens to one asset of the target. An orphan is only listed, never removed."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"
    UNCHANGED = "unchanged"
    ORPHAN = "orphan"

    @property
    def writes(self) -> bool:
        return self in (Action.CREATE, Action.UPDATE, Action.REMOVE)


@dataclass(frozen=True, slots=True)
class Change:
    """One asset of the plan. `before` and `after` are content hashes, None if the asset does not exist then.

    `used_by` names dashboards of the target outside this plan that also show this asset or have a filter on it.
    """

    key: Key
    name: str
    action: Action
    before: str | None
    after: str | None
    differences: tuple[Difference, ...] = ()
    used_by: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.key.kind.value,
            "uuid": self.key.uuid,
            "name": self.name,
            "action": self.action.value,
            "before": self.before,
            "after": self.after,
            "differences": [difference.to_json() for difference in self.differences],
            "used_by": list(self.used_by),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Change:
        return cls(
            key=Key.parse(f"{data['kind']}/{data['uuid']}"),
            name=data["name"],
            action=Action(data["action"]),
            before=data["before"],
            after=data["after"],
            differences=tuple(Difference.from_json(each) for each in data["differences"]),
            used_by=tuple(data["used_by"]),
        )


@dataclass(frozen=True, slots=True)
class Note:
    """A warning or a loss: its kind, one sentence, and the names of the affected assets."""

    kind: str
    message: Message
    assets: tuple[str, ...] = ()

    @classmethod
    def of(cls, kind: str, assets: Iterable[str] = (), **facts: Any) -> Note:
        """With the sentence of its kind."""
        return cls(kind, Message(f"note.{kind}", **facts), tuple(assets))

    @property
    def text(self) -> str:
        """In English."""
        return str(self.message)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "text": self.text, "assets": list(self.assets)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Note:
        """The stored English sentence as a message again, which can be translated."""
        return cls(data["kind"], message_of(f"note.{data['kind']}", data["text"]), tuple(data["assets"]))


NAMED = 20
"""Maximum number of assets that one note names."""


def first(found: Iterable[str]) -> tuple[str, ...]:
    """The names in a note: the first ones, without duplicates, and the number of others."""
    names = sorted(set(found))
    return (*names[:NAMED], f"and {len(names) - NAMED} more") if len(names) > NAMED else tuple(names)


@dataclass(frozen=True, slots=True)
class Mapped:
    """One database of the source and its counterpart on the target."""

    source_uuid: str
    source_name: str
    target_uuid: str
    target_name: str

    def to_json(self) -> dict[str, str]:
        return {
            "source_uuid": self.source_uuid,
            "source_name": self.source_name,
            "target_uuid": self.target_uuid,
            "target_name": self.target_name,
        }


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One side of the plan: the environment's name and the release that answered."""

    environment: str
    release: str

    def to_json(self) -> dict[str, str]:
        return {"environment": self.environment, "release": self.release}


def checksum_of(document: Mapping[str, Any]) -> str:
    """Of the JSON of a plan."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a migration will do. Two plans of the same content have the same checksum.

    `content` is the SHA-256 of the bundle that ships with the plan, so the checksum covers every byte of what is sent.
    """

    source: Endpoint
    target: Endpoint
    dashboards: tuple[Key, ...]
    databases: tuple[Mapped, ...]
    changes: tuple[Change, ...]
    warnings: tuple[Note, ...] = ()
    losses: tuple[Note, ...] = ()
    content: str = ""
    acknowledged: tuple[str, ...] = ()
    """Names of the acknowledged refusals."""

    carry: tuple[Aspect, ...] = ()
    """What travels beside the documents."""

    attachments: tuple[Attachment, ...] = ()
    """What of it changes on the target."""

    drafts: Mapping[Key, str] = field(default_factory=dict)
    """The dashboards that stay unpublished until what restricts them is set: their content hash until then."""

    access: tuple[Access, ...] = ()
    """Who can see the dashboards that the plan writes; empty if nobody asked."""

    relied: tuple[Reliance, ...] = ()
    """What of the target's own restricts them, and has to be there when the run writes."""

    connections: tuple[NewConnection, ...] = ()
    """What of the changes creates a connection; the run asks for its secrets."""

    prune: bool = False
    """Whether orphans that nothing uses any more are deleted."""

    @property
    def pending(self) -> bool:
        """Whether the plan writes anything."""
        return bool(self.attachments) or any(change.action.writes for change in self.changes)

    @property
    def written(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action.writes)

    @property
    def kept(self) -> tuple[Change, ...]:
        """The assets that exist after the migration, written or not."""
        return tuple(change for change in self.changes if change.after is not None)

    @property
    def checksum(self) -> str:
        """64 hexadecimal digits over all of `to_json`."""
        return checksum_of(self.to_json())

    def count(self, action: Action) -> int:
        return sum(change.action is action for change in self.changes)

    def with_action(self, *actions: Action) -> list[Change]:
        return [change for change in self.changes if change.action in actions]

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "source": self.source.to_json(),
            "target": self.target.to_json(),
            "dashboards": [str(key) for key in self.dashboards],
            "databases": [mapped.to_json() for mapped in self.databases],
            "changes": [change.to_json() for change in self.changes],
            "warnings": [note.to_json() for note in self.warnings],
            "losses": [note.to_json() for note in self.losses],
            "content": self.content,
            **({"acknowledged": list(self.acknowledged)} if self.acknowledged else {}),
            **self._beside(),
        }

    def _beside(self) -> dict[str, Any]:
        """What is there: a plan without any of it reads as it did before there was any."""
        drafts = {str(key): digest for key, digest in self.drafts.items()}
        found = {
            "carry": [aspect.value for aspect in self.carry],
            "attachments": [attachment.to_json() for attachment in self.attachments],
            "drafts": drafts,
            "access": [each.to_json() for each in self.access],
            "relied": [each.to_json() for each in self.relied],
            "connections": [each.to_json() for each in self.connections],
            "prune": self.prune,
        }
        return {name: value for name, value in found.items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The inverse of `to_json`; ValueError for a format this version does not read."""
        if data.get("format") != FORMAT:
            raise ValueError(f"plan format {data.get('format')!r} is not {FORMAT}")
        return cls(
            source=Endpoint(**data["source"]),
            target=Endpoint(**data["target"]),
            dashboards=tuple(Key.parse(text) for text in data["dashboards"]),
            databases=tuple(Mapped(**each) for each in data["databases"]),
            changes=tuple(Change.from_json(each) for each in data["changes"]),
            warnings=_notes(data["warnings"]),
            losses=_notes(data["losses"]),
            content=data["content"],
            acknowledged=tuple(data.get("acknowledged", ())),
            carry=tuple(map(Aspect, data.get("carry", ()))),
            attachments=tuple(map(Attachment.from_json, data.get("attachments", ()))),
            drafts={Key.parse(key): digest for key, digest in data.get("drafts", {}).items()},
            access=tuple(map(Access.from_json, data.get("access", ()))),
            relied=tuple(map(Reliance.from_json, data.get("relied", ()))),
            connections=tuple(map(NewConnection.from_json, data.get("connections", ()))),
            prune=data.get("prune", False),
        )


def _notes(items: Iterable[Mapping[str, Any]]) -> tuple[Note, ...]:
    return tuple(Note.from_json(item) for item in items)
