"""All attacks: importing a module of `rig.hostile.attacks` registers the attacks in it."""

from __future__ import annotations

from rig.hostile.attack import ATTACKS
from rig.hostile.attacks import (  # noqa: F401 - each registers its attacks
    attachments,
    audit,
    bundles,
    database,
    fences,
    permissions,
    reading,
    text,
    undo,
    web,
    writes,
)

__all__ = ["ATTACKS", "FAMILIES"]

FAMILIES = ("writes", "undo", "reading", "bundles", "text", "web", "database", "audit", "permissions")
