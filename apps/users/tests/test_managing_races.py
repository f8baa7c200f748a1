"""Two administrators at the very same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import connection

from apps.core.errors import LockstepError
from apps.users.models import User
from apps.users.services import accounts


def test_of_two_who_take_the_keys_from_each_other_one_keeps_them(transactional_db, monkeypatch):
    people = [User.objects.create_superuser(name) for name in ("ann", "bob")]
    meet, change = threading.Barrier(2), accounts.compare_and_set

    def both_at_it(*row, **changes):
        with suppress(threading.BrokenBarrierError):
            meet.wait(timeout=1)
        return change(*row, **changes)

    monkeypatch.setattr(accounts, "compare_and_set", both_at_it)

    def take(actor, user):
        try:
            accounts.edit_user(actor=actor, user=user, is_active=False)
        except LockstepError as refused:
            return str(refused)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(take, people, reversed(people)))
    assert User.objects.filter(is_active=True).count() == 1
    assert sum("is the only administrator" in str(each) for each in told) == 1
