"""The table of places and the reasons cover everything in the installed Superset."""

from __future__ import annotations

import pytest

from rig.references import reasons
from rig.references.package import installed
from rig.references.review import review


@pytest.mark.usefixtures("pair")  # installs Superset if needed
def test_the_table_lacks_nothing_that_the_installed_superset_has() -> None:
    found = review(installed(), reasons.read(reasons.FILE.read_text()))
    assert [line for each in found if not each.is_settled for line in each.lines] == []
    assert sum(len(each.found) for each in found) > 1000
