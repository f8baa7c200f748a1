# [DEF:users.who:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who else may do what somebody may not: the names in a verdict, read with one query for a whole answer.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> users.access
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import islice

from django.db.models import Q

from apps.core.policies import Verdict, verdict, verdicts
from apps.users.access import EVERYWHERE, Access, Permission, Place
from apps.users.models import User

Needed = tuple[str, Place | None]
"""A permission and where it is needed; None: everywhere."""

NAMED = 5
"""How many people an answer names."""


class Person:
    """An active account, with as much of its access as was read."""

    def __init__(self, pk: int, name: str, access: Access) -> None:
        self.pk, self.name, self.access = pk, name, access

    @property
    def is_administrator(self) -> bool:
        return self.access.may("*.*")

    @cached_property
    def user(self) -> User:
        """For guards. It is not to be saved."""
        user = User(pk=self.pk, username=self.name, is_active=True)
        user.access = self.access
        return user

    def may(self, needed: Collection[Needed]) -> bool:
        return all(self.access.may(what, place) for what, place in needed)


class WhoCan:
    """The active people with any of these permissions. Made once for an answer: it asks the database once, and not at
    all where everything is allowed."""

    def __init__(self, *permissions: str) -> None:
        self._permissions = permissions
        self._found: dict[tuple[tuple[str, str], ...], list[Person]] = {}

    def names(
        self, *needed: Needed, without: Collection[int | None] = (), only: Collection[int | None] | None = None
    ) -> tuple[str, ...]:
        """Up to five who have all that is needed, by name; administrators only where nobody else may. `without` these
        accounts, or `only` of these."""
        able = [each for each in self._able(needed) if each.pk not in without and (only is None or each.pk in only)]
        others = [each for each in able if not each.is_administrator]
        return tuple(each.name for each in (others or able)[:NAMED])

    def passing(self, guard: Callable[[User], object], *needed: Needed) -> tuple[str, ...]:
        """The same of those whom the guard of an action lets pass; all of them have what is `needed`. The guard is
        asked for each until there are five, so it should ask the database nothing."""
        able = self._able(needed)
        for administrators in (False, True):
            passed = (each for each in able if each.is_administrator is administrators and _passes(guard, each))
            if names := tuple(each.name for each in islice(passed, NAMED)):
                return names
        return ()

    def access_of(self, number: int | None) -> Access:
        """What this account may do, as far as the permissions were read; nothing if it is inactive."""
        return next((each.access for each in self._people if each.pk == number), Access())

    def _able(self, needed: tuple[Needed, ...]) -> list[Person]:
        if unknown := {what for what, _ in needed} - {*self._permissions}:
            raise ValueError(f"not read: {', '.join(sorted(unknown))}")
        key = tuple((what, place.slug if place else "") for what, place in needed)
        if key not in self._found:
            self._found[key] = [each for each in self._people if each.may(needed)]
        return self._found[key]

    @cached_property
    def _people(self) -> list[Person]:
        path = "grants__role__permissions__"
        permitted = Q(is_superuser=True) | Q(**{f"{path}what__in": sorted(_patterns(self._permissions))})
        rows = User.objects.filter(permitted, is_active=True).order_by("username", "pk").distinct()
        held: dict[tuple[int, str], list[Permission]] = {}
        columns = ("pk", "username", "is_superuser", f"{path}what", f"{path}where", "grants__where")
        for number, name, everything, what, *places in rows.values_list(*columns):
            found = Permission(EVERYWHERE) if everything else Permission(what, tuple(places))
            held.setdefault((number, name), []).append(found)
        return [Person(number, name, Access(permissions)) for (number, name), permissions in held.items()]


def _passes(guard: Callable[[User], object], person: Person) -> bool:
    return verdict(lambda: guard(person.user)).allowed


def _patterns(permissions: Collection[str]) -> set[str]:
    """All the ways in which a role can say them, or that it may do everything."""
    found = {EVERYWHERE, "*.*"}
    for what in permissions:
        area, _, verb = what.partition(".")
        found |= {what, f"{area}.*", f"*.{verb}"}
    return found


ANYBODY = 0
"""The number of no account."""


def is_possible(guard: Callable[[User], object]) -> bool:
    """Whether this is refused only because of who asks: an administrator who took no part in it could do it. Somebody
    else is worth naming only then."""
    anybody = User(pk=ANYBODY, is_superuser=True, is_active=True)
    return verdict(lambda: guard(anybody)).allowed


def with_who(
    user: User, guards: Mapping[str, Callable[[User], object]], who: Callable[[str], tuple[str, ...]]
) -> dict[str, Verdict]:
    """Action → verdict by the guard that an attempt would pass, for an object's `allowed_actions`. Where it is refused
    because of who asks, `who` names the people who may do it, by the name of the action."""
    found = verdicts(**{action: partial(guard, user) for action, guard in guards.items()})
    return {
        action: each if each.allowed or not is_possible(guards[action]) else replace(each, who=who(action))
        for action, each in found.items()
    }
