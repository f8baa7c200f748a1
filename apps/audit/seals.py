# [DEF:audit.seals:Module]
# @COMPLEXITY: 2
# @PURPOSE: The keyed marks of the audit, which can be made only with a key of the installation.
"""A mark is `KEY.HMAC`: the name of its key, which reveals nothing of the key, and HMAC-SHA-256 over its purpose and
the facts. The newest key creates marks; all keys verify them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.core.crypto import keys

FACTS = (
    *("nonce", "at", "actor_id", "os_user", "source", "address", "request_id", "action", "object_type", "object_id"),
    *("object_name", "before", "after"),
)
"""The facts of an entry, marked when it is written, before it has a place."""

CHECKPOINT_FACTS = ("number", "hash", "entries", "file", "file_sha256", "until")

_HEADS = {False: "head", True: "accepted head"}


class Verdict(Enum):
    GENUINE = "genuine"
    FORGED = "forged"
    UNKNOWN_KEY = "unknown key"


def of_entry(entry: Any) -> str:
    """The mark over the facts. `entry` is a row with the fields of FACTS."""
    return _mark("entry", [getattr(entry, name) for name in FACTS])


def check_entry(entry: Any) -> Verdict:
    return _check("entry", [getattr(entry, name) for name in FACTS], entry.mark)


def of_place(entry: Any, number: int, previous: str, sealed_at: datetime) -> str:
    """The hash of its place in the chain: after `previous`."""
    return _mark("place", [number, previous, sealed_at, entry.pk, entry.mark])


def check_place(entry: Any) -> Verdict:
    return _check("place", [entry.number, entry.previous, entry.sealed_at, entry.pk, entry.mark], entry.hash)


def of_checkpoint(checkpoint: Any) -> str:
    return _mark("checkpoint", [getattr(checkpoint, name) for name in CHECKPOINT_FACTS])


def check_checkpoint(checkpoint: Any) -> Verdict:
    return _check("checkpoint", [getattr(checkpoint, name) for name in CHECKPOINT_FACTS], checkpoint.mark)


def of_head(number: int, digest: str, at: str, *, accepted: bool = False) -> str:
    return _mark(_HEADS[accepted], [number, digest, at])


def check_head(number: int, digest: str, at: str, mark: str, *, accepted: bool = False) -> Verdict:
    return _check(_HEADS[accepted], [number, digest, at], mark)


def key_of(mark: str) -> str:
    """The name of the key that made it."""
    return mark.partition(".")[0]


def name_of(key: str) -> str:
    return hashlib.sha256(b"name of an audit key\0" + key.encode()).hexdigest()[:8]


def _mark(purpose: str, facts: Sequence[Any]) -> str:
    key = settings.AUDIT_KEYS[0]
    return f"{name_of(key)}.{_digest(key, purpose, facts)}"


def _check(purpose: str, facts: Sequence[Any], mark: str) -> Verdict:
    key = _key_named(key_of(mark))
    if key is None:
        return Verdict.UNKNOWN_KEY if "." in mark else Verdict.FORGED
    made = f"{name_of(key)}.{_digest(key, purpose, facts)}"
    return Verdict.GENUINE if hmac.compare_digest(made.encode(), mark.encode("utf-8", "replace")) else Verdict.FORGED


def _digest(key: str, purpose: str, facts: Sequence[Any]) -> str:
    message = json.dumps([purpose, _plain(facts)], sort_keys=True, separators=(",", ":"))
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def _key_named(name: str) -> str | None:
    known = {name_of(key): key for key in settings.AUDIT_KEYS}
    if name not in known and not settings.AUDIT_KEY_FROM_ENVIRONMENT:
        # Another process may have created a new key since this one started
        known = {name_of(key): key for key in _stored_keys()} | known
    return known.get(name)


def _stored_keys() -> list[str]:
    path = Path(settings.DATA_DIR, keys.AUDIT_KEY_FILE)
    try:
        return _keys_of(path, path.stat().st_mtime_ns)
    except OSError:
        return []


@lru_cache(maxsize=1)
def _keys_of(path: Path, _changed: int) -> list[str]:
    try:
        return keys.audit_keys(path.parent)
    except ImproperlyConfigured:
        return []


def _plain(value: Any) -> Any:
    """The same for a value from Python and from either database, which return 1.0 as 1 or 1.0."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
