"""People with one role each, for tests of who may decide."""

from __future__ import annotations

from typing import Any

from apps.users.models import User
from apps.users.services.grants import get_role, grant_role


def make_person(author: Any, name: str, role: str, where: str = "*") -> User:
    person = User.objects.create_user(name, email=f"{name}@example.com", password="only-for-tests")
    grant_role(actor=author, user=person, role=get_role(role), where=where)
    return person
