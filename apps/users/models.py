"""Who uses Lockstep."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """An account of Lockstep; it has nothing to do with the accounts of a Superset. The e-mail address is optional."""

    def __str__(self) -> str:
        return self.username
