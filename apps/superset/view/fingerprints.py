# [DEF:superset.view.fingerprints:Module]
# @COMPLEXITY: 2
# @PURPOSE: The fingerprint of what a change does: the same in another plan that does the same to the asset.
"""Stored with what people have marked as seen: another algorithm would lose their marks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

IDENTIFIES = ("kind", "uuid", "action", "differences")


def fingerprint(change: Mapping[str, Any]) -> str:
    """32 hexadecimal digits, of a change as stored. Of what is new, its content counts: it has no differences. What
    did not differ before and does not differ now may have changed on both sides."""
    facts = {name: change[name] for name in IDENTIFIES}
    if not change["differences"]:
        facts["after"] = change["after"]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
