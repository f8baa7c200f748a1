# [DEF:environments.key_rotation:Module]
# @COMPLEXITY: 3
# @PURPOSE: Changing the encryption key of the installation.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.policies
# @RELATION DEPENDS_ON -> core.crypto.keys
# @RELATION DEPENDS_ON -> audit.services

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.audit.services import record
from apps.core.crypto import keys
from apps.core.crypto.rotation import reencrypt
from apps.environments.policies import EDIT
from apps.users.models import User
from apps.users.policies import require


class OldKey(StrEnum):
    """Each leaves something else to be done."""

    FROM_ENVIRONMENT = "from environment"
    DROPPED = "dropped"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many credentials were re-encrypted, and what became of the old key."""

    credentials: int
    old_key: OldKey


def rotate_encryption_key(*, actor: User, drop_old: bool = False) -> Rotated:
    """Encrypt all credentials with a new key.

    A key in the data directory is made here, and stored before anything is encrypted with it, so that a crash at any
    point leaves every credential readable. A key from the environment was set there already.
    """
    require(actor, EDIT)
    if settings.ENCRYPTION_KEY_FROM_ENVIRONMENT:
        count = _reencrypt(actor, settings.ENCRYPTION_KEYS)
        return Rotated(count, OldKey.FROM_ENVIRONMENT)
    directory = Path(settings.DATA_DIR)
    new = [keys.new_encryption_key(), *settings.ENCRYPTION_KEYS]
    keys.replace_encryption_keys(directory, new)
    count = _reencrypt(actor, new)
    if drop_old:
        keys.replace_encryption_keys(directory, new[:1])
        return Rotated(count, OldKey.DROPPED)
    return Rotated(count, OldKey.KEPT)


def _reencrypt(actor: User, new: list[str]) -> int:
    with transaction.atomic():
        count = reencrypt(new)
        record(actor=actor, action="encryption_key.rotate", target=actor, after={"values": count})
    return count
