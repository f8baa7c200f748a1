# [DEF:users.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may do what, and why not. All other policies build on it.
# @RELATION DEPENDS_ON -> core.policies
# @RELATION CALLS -> users.who

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Self, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.core.errors import Refused
from apps.core.policies import Verdict, verdicts
from apps.users import messages
from apps.users.access import Access, Place
from apps.users.models import SsoIdentity, User
from apps.users.who import WhoCan, with_who

Row = TypeVar("Row", bound=models.Model)

Rules = tuple[tuple[str, str | None], ...]
"""Of a model: each permission required to see a row, and the path to the environment where it is required."""


@dataclass(frozen=True, slots=True)
class Also:
    """A further permission, required at the environment at this path unless the row names none (`absent`)."""

    what: str
    path: str
    absent: Q

    def condition(self, access: Access) -> Q:
        there = access.condition(self.what, self.path)
        return self.absent if there is None else self.absent | there if there else there


NOTHING = Access()
VIEW, EDIT = "users.view", "users.edit"
EDIT_ENVIRONMENTS = "environments.edit"


def access_of(user: User | AnonymousUser) -> Access:
    return user.access if isinstance(user, User) else NOTHING


def require(user: User | AnonymousUser, what: str, *places: Place) -> None:
    """Refused unless the user may do this in each of the places; without a place, everywhere."""
    access = access_of(user)
    for place in places or (None,):
        if not access.may(what, place):
            text = messages.PERMISSION_MISSING if place is None else messages.PERMISSION_MISSING_THERE
            raise Refused(text.format(user=user, what=what, place=place))


def has_in_hand(user: User, owner: int | None, place: Place | None) -> bool:
    """Whether something of this owner, at this place if it has one, belongs to the user and so needs no permission. A
    token controls no more of it than its scope and places allow."""
    return owner == user.pk and user.is_active and user.access.may_own(place)


def is_administrator(user: User | AnonymousUser) -> bool:
    """Whether the user may do everything everywhere, as a superuser or by a role."""
    return access_of(user).may("*.*")


def session_actions(user: User) -> dict[str, Verdict]:
    """What belongs to no object. Names of others who may take one query more, and only if needed."""
    who = WhoCan(EDIT_ENVIRONMENTS)
    return with_who(user, {"add_environment": require_addable}, lambda _action: who.names((EDIT_ENVIRONMENTS, None)))


def require_addable(user: User) -> None:
    """Whether there can be an environment that they may add: its name and tier are not chosen yet."""
    if not access_of(user).may_somewhere(EDIT_ENVIRONMENTS):
        require(user, EDIT_ENVIRONMENTS)


def require_manageable(actor: User, user: User) -> None:
    """Nobody changes an account with more permissions than their own: it would be a way to use them."""
    require(actor, EDIT)
    if user.is_superuser and not actor.is_superuser:
        raise Refused(messages.OTHER_SUPERUSER_REQUIRED.format(user=user))
    if not actor.access.contains(user.held):
        raise Refused(messages.USER_MAY_MORE.format(user=user))


def require_password_settable(actor: User, user: User) -> None:
    require_manageable(actor, user)
    if SsoIdentity.objects.filter(user=user).exists():
        raise Refused(messages.PASSWORD_IN_DIRECTORY.format(user=user))


def allowed_actions(actor: User, user: User) -> dict[str, Verdict]:
    return verdicts(
        edit=partial(require_manageable, actor, user),
        password=partial(require_password_settable, actor, user),
        end_sessions=partial(require_manageable, actor, user),
    )


def require_other_administrator(user: User) -> None:
    """Refused if nobody else could still administer Lockstep. Call it in the transaction of the change: of two
    administrators who demote each other, the second waits and finds that they are the last."""
    keepers = User.objects.filter(is_superuser=True, is_staff=True, is_active=True).order_by("pk")
    if all(each.pk == user.pk for each in keepers.select_for_update(no_key=True)):
        raise Refused(messages.LAST_ADMINISTRATOR.format(user=user))


class VisibleQuerySet(models.QuerySet[Row]):
    """Rows that leave the server begin with `visible_to`.

    The model names in `VISIBLE_BY` the required permission and the path of its environment (`""` for itself, None for a
    row that belongs to no environment), in `VISIBLE_ALSO_BY` the permission required at an environment that not every
    row has, and in `VISIBLE_OWNER` the field of the user to whom a row is visible in any case (to a token of theirs
    within its places).
    """

    def visible_to(self, user: User | AnonymousUser) -> Self:
        access = access_of(user)
        rules: Rules = self.model.VISIBLE_BY  # type: ignore[attr-defined]
        condition = self._permitted(access, rules)
        owner: str | None = getattr(self.model, "VISIBLE_OWNER", None)
        if owner and isinstance(user, User) and user.is_active and condition != Q():
            within = access.own_condition(rules[0][1] or "")
            own = None if within is None else within & Q(**{owner: user})
            condition = own if condition is None else condition if own is None else condition | own
        return self.none() if condition is None else self.filter(condition)

    def _permitted(self, access: Access, rules: Rules) -> Q | None:
        """An empty Q is every row, None is none."""
        condition: Q | None = Q()
        for what, path in rules:
            added = access.condition(what, path) if path is not None else (Q() if access.may(what) else None)
            condition = None if condition is None or added is None else condition & added
        also: Also | None = getattr(self.model, "VISIBLE_ALSO_BY", None)
        return condition if condition is None or also is None else condition & also.condition(access)
