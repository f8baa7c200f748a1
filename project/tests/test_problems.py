"""Every announced failure, of whichever app, has its status in the API."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from apps.core.api.problems import STATUS_OF_KIND
from apps.core.errors import LockstepError
from project import api


def family(base: type[Any]) -> set[type[Any]]:
    return {base, *(each for child in base.__subclasses__() for each in family(child))}


def test_no_kind_of_ours_is_without_a_status():
    assert api.routes  # whoever raises one is loaded with them
    ours = {each.kind for each in family(LockstepError) if ".tests." not in each.__module__}
    assert ours <= set(STATUS_OF_KIND)


@pytest.mark.parametrize("first", [1, 3], ids=["in the middleware", "in the view"])
def test_a_database_that_does_not_answer_is_no_fault_of_ours(first, api, caplog):
    queries = itertools.count(1)

    def refuse(execute, *query):
        if next(queries) >= first:
            raise OperationalError("database is locked at postgres://robot:hunter22@db")
        return execute(*query)

    with connection.execute_wrapper(refuse):
        answer = api.get(reverse("api:tasks"))
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert "hunter22" not in answer.content.decode()
    assert "database is locked" in caplog.text, "with its traceback"
