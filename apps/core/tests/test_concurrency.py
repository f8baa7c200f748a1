from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from apps.core import concurrency
from apps.core.concurrency import retry_on_database_error


class BreaksOnce:
    """As a connection that breaks while a cursor is closed: Django leaves that error to the driver."""

    asked = 0

    def __call__(self) -> str:
        self.asked += 1
        if self.asked == 1:
            driver: Any = connection.Database  # type: ignore[attr-defined]
            raise driver.OperationalError("terminating connection due to administrator command")
        return "done"


@pytest.mark.django_db(transaction=True)
def test_an_error_of_the_driver_is_retried_as_one_of_django(monkeypatch):
    monkeypatch.setattr(concurrency, "AGAIN_AFTER", (0.01,) * 3)
    ask = BreaksOnce()
    assert (retry_on_database_error(ask, "asking"), ask.asked) == ("done", 2)
