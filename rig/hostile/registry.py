"""All attacks, in the order in which they are listed and run."""

from __future__ import annotations

from rig.hostile.attack import REGISTERED
from rig.hostile.attacks import attachments, audit, bundles, database, fences, interruptions, reading, silences, text
from rig.hostile.attacks.permissions import accounts, approvals, credentials
from rig.hostile.attacks.undo import additions, edits, faults, obstacles, repetitions
from rig.hostile.attacks.web import malformed_requests, sign_in, slow_clients
from rig.hostile.attacks.writes import drift, kills, refusals, responses

FAMILIES = ("writes", "undo", "reading", "bundles", "text", "web", "database", "audit", "permissions", "interruptions")
MODULES = (
    attachments,
    audit,
    reading,
    bundles,
    database,
    fences,
    interruptions,
    silences,
    *(approvals, credentials, accounts),
    text,
    *(refusals, responses, kills, drift),
    *(edits, obstacles, repetitions, faults, additions),
    *(slow_clients, malformed_requests, sign_in),
)
ATTACKS = [attack for module in MODULES for attack in REGISTERED[module.__name__]]
