# [DEF:superset.remote.query:Module]
# @COMPLEXITY: 2
# @PURPOSE: The `q` in the addresses of Superset's API.

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import rison  # type: ignore[import-untyped]


def rison_query(value: Any) -> str:
    """As Superset takes it. Its punctuation stays as it is, so that ids take no three bytes for each comma."""
    return "q=" + quote(rison.dumps(value), safe="!():,'*@$.-_~")
