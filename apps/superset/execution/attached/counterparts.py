# [DEF:superset.execution.attached.counterparts:Module]
# @COMPLEXITY: 3
# @PURPOSE: The roles, tags and themes of the target that a plan counts on, as they are right before a run writes.
# @RELATION CALLS -> superset.carry.people
# @RELATION CALLS -> superset.carry.counterparts
# @RELATION CALLS -> superset.carry.library.themes
# @RELATION DEPENDS_ON -> superset.plan.attachment

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from apps.superset.carry.counterparts import read_tags
from apps.superset.carry.library.themes import read_themes
from apps.superset.carry.people import read_role_numbers
from apps.superset.plan.attachment import Aspect, Attachment
from apps.superset.protocol import Client


def roles_gone(attachments: Iterable[Attachment], target: Client) -> Iterator[tuple[str, Attachment]]:
    """The names of roles that the target lacks by now, and what is set for them. One request, if any is."""
    planned = {role: each for each in attachments for role in _roles_of(each)}
    known = {(number, name) for name, number in read_role_numbers(target).items()} if planned else set()
    yield from ((role[1], each) for role, each in planned.items() if role not in known)


@dataclass(frozen=True, slots=True)
class Others:
    """What others have created by the names that a plan creates: an undo leaves it."""

    tags: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, list[str]]:
        return {"names": sorted(self.tags), "themes": sorted(self.themes)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(*(frozenset(map(str, data.get(name) or ())) for name in ("names", "themes")))


def others_in(attachments: Collection[Attachment], target: Client) -> Others:
    """Read before a run can create any of it."""
    tags, themes = (_new(attachments, aspect) for aspect in (Aspect.TAGS, Aspect.THEMES))
    return Others(
        tags & read_tags(target).keys() if tags else tags, themes & read_themes(target).keys() if themes else themes
    )


def _new(attachments: Iterable[Attachment], aspect: Aspect) -> frozenset[str]:
    planned = (each for each in attachments if each.aspect is aspect)
    return frozenset(item.name for each in planned for item in each.after if item.id is None)


def _roles_of(each: Attachment) -> Iterator[tuple[int, str]]:
    for item in each.after:
        if each.aspect is Aspect.ROLES and item.id is not None:
            yield item.id, item.name
        elif each.aspect is Aspect.RULES:
            yield from ((number, name) for number, name in item.facts["roles"])
