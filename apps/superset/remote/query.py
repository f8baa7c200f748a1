# [DEF:superset.remote.query:Module]
# @COMPLEXITY: 2
# @PURPOSE: The `q` parameter in URLs of Superset's API.

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import rison  # type: ignore[import-untyped]


def rison_query(value: Any) -> str:
    """In the form that Superset accepts. Punctuation is not encoded, so a comma between ids needs one byte, not
    three."""
    return "q=" + quote(rison.dumps(value), safe="!():,'*@$.-_~")
