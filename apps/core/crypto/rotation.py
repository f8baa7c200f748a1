# [DEF:core.crypto.rotation:Module]
# @COMPLEXITY: 3
# @PURPOSE: Putting every stored secret under another key.
# @RELATION DEPENDS_ON -> core.concurrency

from __future__ import annotations

from collections.abc import Sequence

from django.db import models

from apps.core.concurrency import compare_and_set
from apps.core.crypto.encryption import Secret
from apps.core.fields import encrypted_values


def reencrypt(keys: Sequence[str]) -> int:
    """Encrypt each value anew with the first key; the others open the old ones. Returns how many there were.

    Call it in a transaction. Values that somebody replaces meanwhile are left to them.
    """
    return sum(_reencrypt(row, name, keys) for row, name in encrypted_values())


def _reencrypt(row: models.Model, name: str, keys: Sequence[str]) -> bool:
    secret: Secret | None = getattr(row, name)
    return secret is not None and compare_and_set(row, expected={name: secret}, **{name: secret.rotated(keys)})
