"""What Lockstep knows: names in its table of places and in addresses, and the addresses."""

from __future__ import annotations

from apps.superset.references.places import JSON_TEXTS, PLACES
from apps.superset.texts.routes import FORM_DATA, PARAMETERS, ROUTES
from rig.references.routes import example

STEPS = frozenset({"*", "**", "{}", "<json>"})


def known_names() -> frozenset[str]:
    """Every key on the path to a place, and every known parameter of an address."""
    paths = [place.path for place in PLACES] + [path for _, path, *_ in JSON_TEXTS]
    keys = {step for path in paths for step in path.split(".")} - STEPS
    return frozenset(keys.union(FORM_DATA, *PARAMETERS.values()))


def is_known_address(address: str) -> bool:
    """Whether a link to it would be found in a text."""
    return any(route.pattern.match(example(address)) for route in ROUTES)
