# [DEF:users.access:Module]
# @COMPLEXITY: 2
# @PURPOSE: What an account may do, and where: a value made of the permissions of all its roles.
"""A permission is *what* × *where*. What is `area.verb` (`environments.edit`) or `plugin.action` (`migrations.apply`),
or a pattern: `migrations.*`, `*.view`, `*`. Where is `*`, a tier (`tier:prod`) or the slug of an environment. A role's
permission and the grant of the role both say where; what both allow is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from django.core.exceptions import ValidationError
from django.db.models import Q

from apps.users import messages

EVERYWHERE = "*"
TIER = "tier:"
VIEW = "view"
VIEW_OWN, CONTROL_OWN = "own.view", "own.control"

_WHAT = re.compile(r"\*|([a-z][a-z0-9_]*|\*)\.([a-z][a-z0-9_]*|\*)")
_WHERE = re.compile(r"\*|tier:[a-z]+|[\w-]+")


class Place(Protocol):
    """As much of an environment as decides who may do something in it."""

    @property
    def slug(self) -> str: ...
    @property
    def tier(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that is allowed wherever all of `places` agree."""

    what: str
    places: tuple[str, ...] = ()

    def covers(self, what: str) -> bool:
        if self.what == EVERYWHERE:
            return True
        mine, wanted_parts = self.what.split("."), what.split(".")
        return all(part in (EVERYWHERE, wanted) for part, wanted in zip(mine, wanted_parts, strict=True))

    def holds_at(self, place: Place) -> bool:
        return all(where in (EVERYWHERE, place.slug, f"{TIER}{place.tier}") for where in self.places)

    @property
    def everywhere(self) -> bool:
        return all(where == EVERYWHERE for where in self.places)

    def to_read(self) -> Permission | None:
        """The part that only reads: `migrations.view` of `migrations.*`; None of `migrations.apply`."""
        area, _, verb = self.what.rpartition(".")
        return replace(self, what=f"{area or EVERYWHERE}.{VIEW}") if verb in (EVERYWHERE, VIEW) else None

    def as_condition(self, path: str) -> Q:
        """The same on rows whose environment is at `path`, such as `target__`."""
        condition = Q()
        for where in self.places:
            if where.startswith(TIER):
                condition &= Q(**{f"{path}tier": where.removeprefix(TIER)})
            elif where != EVERYWHERE:
                condition &= Q(**{f"{path}slug": where})
        return condition


class Access:
    """All that one account may do. Nothing, if it is made of no permission.

    What belongs to the account needs no permission; `own` says how much of that a token may use.
    """

    def __init__(
        self, permissions: Iterable[Permission] = (), own: Iterable[Permission] = (Permission(EVERYWHERE),)
    ) -> None:
        self._permissions = tuple(permissions)
        self._own = tuple(own)
        self._answers: dict[tuple[str, str, str], bool] = {}
        """What was asked before: a list asks the same of each of its rows."""

    def may_own(self, place: Place | None = None) -> bool:
        """Whether the account controls what belongs to it there."""
        return Access(self._own).may(CONTROL_OWN, place)

    def own_condition(self, path: str) -> Q | None:
        """Which of its own rows, by the environment at `path`, it sees; as `condition`."""
        return Access(self._own).condition(VIEW_OWN, path)

    def may(self, what: str, place: Place | None = None) -> bool:
        """Whether it may do this there; without a place, whether it may wherever that is."""
        question = (what, place.slug, place.tier) if place else (what, "", "")
        if question not in self._answers:
            granted = (each.everywhere or (place is not None and each.holds_at(place)) for each in self._for(what))
            self._answers[question] = any(granted)
        return self._answers[question]

    def may_somewhere(self, what: str) -> bool:
        """Whether there can be a place where it may: for what is shown before a place is chosen."""
        return any(True for _ in self._for(what))

    def condition(self, what: str, path: str) -> Q | None:
        """Which rows, by the environment at `path`, it may do this with: an empty Q is all of them, None is none."""
        found = list(self._for(what))
        if any(each.everywhere for each in found):
            return Q()
        condition = None
        for each in found:
            added = each.as_condition(path)
            condition = added if condition is None else condition | added
        return condition

    def contains(self, other: Iterable[Permission]) -> bool:
        """Whether it has each of these: nobody gives away what they do not have."""
        return all(any(_contains(mine, each) for mine in self._permissions) for each in other)

    def narrowed(self, *, to_read: bool, places: Iterable[str]) -> Access:
        """As much of it as a token has: to look only, and in these environments only, if any are named."""
        wanted = tuple(places) or (EVERYWHERE,)
        return Access(*(_narrowed(each, to_read=to_read, places=wanted) for each in (self._permissions, self._own)))

    def _for(self, what: str) -> Iterable[Permission]:
        return (each for each in self._permissions if each.covers(what))

    def permissions_data(self) -> list[dict[str, str]]:
        """`{what, where}` each, for a client, in order. Where two places must agree, both are named."""
        places = {(each.what, " & ".join(w for w in each.places if w != EVERYWHERE)) for each in self._permissions}
        return [{"what": what, "where": where or EVERYWHERE} for what, where in sorted(places)]


def _narrowed(permissions: Iterable[Permission], *, to_read: bool, places: tuple[str, ...]) -> list[Permission]:
    kept = [each.to_read() if to_read else each for each in permissions]
    return [replace(each, places=(*each.places, where)) for each in kept if each is not None for where in places]


def _contains(mine: Permission, other: Permission) -> bool:
    """Narrower in every place that mine names, by the same word: a slug is not known to be of a tier here."""
    return _covers_pattern(mine.what, other.what) and all(
        where == EVERYWHERE or where in other.places for where in mine.places
    )


def _covers_pattern(mine: str, other: str) -> bool:
    if EVERYWHERE in (mine, other):
        return mine == EVERYWHERE
    return Permission(mine).covers(other)


def covers(pattern: str, what: str) -> bool:
    """Whether this permission, or pattern of permissions, permits that."""
    return Permission(pattern).covers(what)


def validate_what(what: str) -> None:
    if not _WHAT.fullmatch(what):
        raise ValidationError(messages.NOT_A_PERMISSION.format(what=what, expected=messages.WHAT))


def validate_where(where: str) -> None:
    if not _WHERE.fullmatch(where):
        raise ValidationError(messages.NOT_A_PLACE.format(where=where, expected=messages.WHERE))
