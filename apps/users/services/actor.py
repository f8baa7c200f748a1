# [DEF:users.services.actor:Module]
# @COMPLEXITY: 3
# @PURPOSE: The first administrator, and the user who acts in a command.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.audit.services import record
from apps.core.advice import advise
from apps.core.errors import Conflict, LockstepError, NotThere
from apps.users import messages
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
    """The user of this name, or else the only active superuser."""
    if username is not None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise NotThere(messages.NO_USER.format(username=username), advice=advise("users.check_actor"))
        if not user.is_active:
            raise LockstepError(messages.INACTIVE_USER.format(username=username), advice=advise("users.other_actor"))
        return user
    superusers = list(User.objects.filter(is_superuser=True, is_active=True).order_by("username")[:20])
    if not superusers:
        raise NotThere(messages.NO_ADMINISTRATOR, advice=advise("users.create_admin"))
    if len(superusers) > 1:
        names = ", ".join(user.username for user in superusers)
        raise LockstepError(messages.SEVERAL_ADMINISTRATORS.format(names=names), advice=advise("users.choose_actor"))
    return superusers[0]


def looking_user(*, username: str | None) -> User:
    """Who reads in a command: the user of this name, or else the operator, who can read the database anyway."""
    return User(username=OPERATOR, is_superuser=True) if username is None else acting_user(username=username)


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise LockstepError(messages.PASSWORD_REFUSED.format(reasons=" ".join(error.messages))) from None


def _taken(username: str) -> Conflict:
    return Conflict(messages.USER_EXISTS.format(username=username))
