"""Every announced failure, of whichever app, has its status in the API."""

from __future__ import annotations

from typing import Any

from apps.core.api.problems import STATUS_OF_KIND
from apps.core.errors import LockstepError
from project import api


def family(base: type[Any]) -> set[type[Any]]:
    return {base, *(each for child in base.__subclasses__() for each in family(child))}


def test_no_kind_of_ours_is_without_a_status():
    assert api.routes  # whoever raises one is loaded with them
    ours = {each.kind for each in family(LockstepError) if ".tests." not in each.__module__}
    assert ours <= set(STATUS_OF_KIND)
