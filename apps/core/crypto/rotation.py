# [DEF:core.crypto.rotation:Module]
# @COMPLEXITY: 3
# @PURPOSE: Re-encrypting every stored secret with another key.
# @RELATION DEPENDS_ON -> core.concurrency

from __future__ import annotations

from collections.abc import Sequence

from django.db import models

from apps.core.concurrency import compare_and_set
from apps.core.crypto.encryption import Secret
from apps.core.fields import encrypted_values


def reencrypt(keys: Sequence[str]) -> int:
    """Re-encrypt each value with the first key; the others decrypt old values. Returns how many there were.

    Call it in a transaction. Values that somebody replaces meanwhile are left alone.
    """
    return sum(_reencrypt(row, name, keys) for row, name in encrypted_values())


def _reencrypt(row: models.Model, name: str, keys: Sequence[str]) -> bool:
    secret: Secret | None = getattr(row, name)
    return secret is not None and compare_and_set(row, expected={name: secret}, **{name: secret.rotated(keys)})
