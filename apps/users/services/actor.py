# [DEF:users.services.actor:Module]
# @COMPLEXITY: 3
# @PURPOSE: Accounts: making the first one, and telling who acts in a command.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.audit.services import record
from apps.core.errors import Conflict, LockstepError, NotThere
from apps.users.models import User

OPERATOR = "the operator of this machine"


def create_admin(*, username: str, password: str, email: str = "") -> User:
    """Make a superuser. Refuses a name that is taken and a password that the validators refuse."""
    user = User(username=username, email=email, is_staff=True, is_superuser=True)
    user.clean_fields(exclude=["password"])
    if User.objects.filter(username__iexact=username).exists():
        raise _taken(username)
    _check_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            record(actor=None, action="user.create_admin", target=user, after={"username": username, "email": email})
    except IntegrityError:
        raise _taken(username) from None
    return user


def has_admin() -> bool:
    """Whether anybody could sign in to the admin."""
    return User.objects.filter(is_superuser=True, is_staff=True, is_active=True).exists()


def acting_user(*, username: str | None) -> User:
    """The user of this name, or the only active superuser there is."""
    if username is not None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise NotThere(f"There is no user “{username}”: check the name given with --as.")
        if not user.is_active:
            raise LockstepError(f"The user “{username}” is not active: name another with --as.")
        return user
    superusers = list(User.objects.filter(is_superuser=True, is_active=True).order_by("username")[:20])
    if not superusers:
        raise NotThere("There is no administrator yet: make one with `manage.py create_admin USERNAME`.")
    if len(superusers) > 1:
        names = ", ".join(user.username for user in superusers)
        raise LockstepError(f"Several administrators could be acting ({names}): say who with --as USERNAME.")
    return superusers[0]


def looking_user(*, username: str | None) -> User:
    """Who looks in a command: the user of this name, else the operator, who has the whole database at hand anyway."""
    return User(username=OPERATOR, is_superuser=True) if username is None else acting_user(username=username)


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise LockstepError(f"The password is refused. {' '.join(error.messages)}") from None


def _taken(username: str) -> Conflict:
    return Conflict(f"There is a user “{username}” already: choose another name.")
