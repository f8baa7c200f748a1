# [DEF:superset.validation.schemas:Module]
# @COMPLEXITY: 3
# @PURPOSE: Reads the importer's schemas and tables of one release.
# @RELATION DEPENDS_ON -> EXT:importlib
"""They are those of the installed package, as data (`importer_schemas/`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

Facts = Mapping[str, Any]
"""What a schema says of one field: `type`, and where it has them `required`, `null`, `length`, `one_of`, `json`,
`items` (of a list) and `schema` (of what is nested)."""

PLAINLY = "plainly"
PLAIN = {"String": str, "Boolean": bool, "Integer": int, "Dict": dict}


@cache
def importer_schemas(line: str) -> Facts:
    file = resources.files("apps.superset.releases.importer_schemas") / f"v{line.replace('.', '_')}.json"
    found: Facts = json.loads(file.read_text())
    for schema in found["schemas"].values():
        schema["required"] = [name for name, facts in schema["fields"].items() if facts.get("required")]
        for facts in schema["fields"].values():
            facts[PLAINLY] = _plainly(facts)
    return found


def _plainly(facts: Facts) -> frozenset[type]:
    """The types of which every value is taken: nearly all values of a document are of one, and need no closer look."""
    ruled = facts.keys() & {"length", "one_of", "json"}
    kinds = [] if ruled or facts["type"] not in PLAIN else [PLAIN[facts["type"]]]
    return frozenset([*kinds, type(None)] if facts.get("null") else kinds)
