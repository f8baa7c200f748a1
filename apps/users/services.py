"""Accounts: making the first one, and telling who acts in a command."""

from __future__ import annotations

import logging

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from apps.audit.services import record
from apps.core.errors import Conflict, LockstepError, NotThere
from apps.users.models import User

logger = logging.getLogger(__name__)


class SignInRefused(LockstepError):
    """The name and the password are not those of an active user."""

    kind = "sign_in_refused"


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


def authenticated_user(*, request: HttpRequest | None, username: str, password: str) -> User:
    """The active user with this name and password. The refusal does not tell which of the two was wrong."""
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        logger.warning("sign-in refused for “%s”", username)
        raise SignInRefused("This user name and password do not belong together, or the account is not active.")
    return user


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


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise LockstepError(f"The password is refused. {' '.join(error.messages)}") from None


def _taken(username: str) -> Conflict:
    return Conflict(f"There is a user “{username}” already: choose another name.")
