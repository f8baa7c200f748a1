# [DEF:users.services.accounts:Module]
# @COMPLEXITY: 3
# @PURPOSE: Managing accounts: add, edit, set a password, sign out.
# @RELATION CALLS -> core.concurrency
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services
"""Nobody gains permissions by it that they do not have: see `policies.require_manageable`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.audit.services import record
from apps.core.concurrency import compare_and_set
from apps.core.errors import Conflict, NotThere, Refused
from apps.users import messages
from apps.users.models import User
from apps.users.policies import (
    EDIT,
    require,
    require_manageable,
    require_other_administrator,
    require_password_settable,
)
from apps.users.services import sessions, sign_in

FACTS = (
    "username",
    "email",
    "first_name",
    "last_name",
    "is_active",
    "is_staff",
    "is_superuser",
    "must_change_password",
)
"""What can be changed of an account, apart from its password and roles."""

KEYS = ("is_active", "is_staff", "is_superuser")
"""The facts without which a superuser does not get in."""


def get_user(username: str) -> User:
    found = User.objects.filter(username=username).first()
    if found is None:
        raise NotThere(messages.NO_USER.format(username=username))
    return found


def facts_of(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in FACTS}


def add_user(*, actor: User, username: str, password: str = "", **facts: Any) -> User:
    """A new account without roles. Without a password nobody can sign in to it until one is set."""
    require(actor, EDIT)
    user = User(username=username, **facts)
    if user.is_superuser:
        _require_superuser(actor)
        user.is_staff = True
    _refuse_invalid(user)
    if password:
        _refuse_weak(password, user)
        user.set_password(password)
    else:
        user.set_unusable_password()
        _refuse_nothing_to_change(user, user.must_change_password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            record(actor=actor, action="user.add", target=user, after=facts_of(user))
    except IntegrityError:
        raise _taken(username) from None
    return user


def edit_user(*, actor: User, user: User, **changes: Any) -> dict[str, Any]:
    """Change some of FACTS and return what is different now. Conflict if somebody else changed the same meanwhile."""
    require_manageable(actor, user)
    before = facts_of(user)
    if (before | changes)["is_superuser"]:
        changes["is_staff"] = True  # a superuser can repair everything, and does so in the admin
    different = {name: value for name, value in changes.items() if before[name] != value}
    _refuse_nothing_to_change(user, different.get("must_change_password"))
    if "is_superuser" in different:
        _require_superuser(actor)
    wanted = User(pk=user.pk, **before | different)
    _refuse_invalid(wanted)
    if different:
        old = {name: before[name] for name in different}
        with transaction.atomic():
            if user.is_superuser and not all(different.get(name, before[name]) for name in KEYS):
                require_other_administrator(user)
            if not compare_and_set(user, expected=old, **different):
                raise Conflict(messages.USER_CHANGED.format(user=user))
            record(actor=actor, action="user.edit", target=user, before=old, after=different)
            if "is_active" in different:
                sessions.sessions_ended()
    return different


def set_password(*, actor: User, user: User, password: str, must_change: bool = False) -> None:
    """Set the password of another account; all its sessions end. With `must_change`, its owner has to choose another
    one before anything else."""
    require_password_settable(actor, user)
    sign_in.set_password(actor=actor, user=user, password=password, must_change=must_change)


def end_sessions(*, actor: User, user: User) -> None:
    require_manageable(actor, user)
    sign_in.end_all_sessions(actor=actor, user=user)


def _require_superuser(actor: User) -> None:
    if not actor.is_superuser:
        raise Refused(messages.SUPERUSER_REQUIRED)


def _refuse_invalid(user: User) -> None:
    user.clean_fields(exclude=["password"])
    if User.objects.exclude(pk=user.pk).filter(username__iexact=user.username).exists():
        raise _taken(user.username)


def _refuse_nothing_to_change(user: User, must: object) -> None:
    if must and not user.has_usable_password():
        raise Refused(messages.NO_PASSWORD_TO_CHANGE.format(user=user))


def _refuse_weak(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None


def _taken(username: str) -> Conflict:
    return Conflict(messages.USER_EXISTS.format(username=username))
